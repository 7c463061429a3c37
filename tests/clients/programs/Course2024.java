import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * All eleven tests of the 2024 course in one program. It writes int by int on the bare socket, so
 * that a frame leaves in 4-byte pieces, reads ints until one is a type it knows, and never closes
 * anything or exits.
 */
public class Course2024 {
    static final int ERROR = 0;
    static final int REGISTER = 1;
    static final int REGISTERED = 2;
    static final int CHAT = 4;
    static final int MAX_BYTES = 4000;

    static String host;
    static int offset;
    static int me;
    static InetAddress home;
    static double scale;
    static List<String> mistakes;

    public static void main(String[] args) throws Exception {
        host = args[0];
        offset = Integer.parseInt(args[1]);
        me = Integer.parseInt(args[2]);
        home = InetAddress.getByName(args[3]);
        scale = Double.parseDouble(args[4]);
        List<String> parts = Arrays.asList(args[5].split(","));
        mistakes = Arrays.asList(args).subList(6, args.length);
        if (parts.contains("a1")) {
            new Thread(guarded(Course2024::assignment1)).start();
        }
        if (parts.contains("a2")) {
            new Thread(guarded(Course2024::assignment2)).start();
            new Thread(guarded(Course2024::renewals)).start();
        }
        if (parts.contains("a3")) {
            Connection line = new Connection();
            line.register();
            line.in.readInt(); // its answer: from now on datagrams are ours
            new Thread(guarded(Course2024::missingMessages)).start();
            new Thread(guarded(Course2024::offlineBuffering)).start();
            new Thread(guarded(Course2024::timestamps)).start();
        }
        Thread.sleep(Long.MAX_VALUE);
    }

    // ---- assignment 1: one connection, one test after the other, the last one first

    static void assignment1() throws Exception {
        Connection line = new Connection();
        line.register();
        LinkedBlockingQueue<String> chats = line.listen();
        line.chat("TEST 4 HANDLING ERROR MESSAGE");
        line.chat(chats.take());
        line.chat("TEST 3 EXCEEDING MAX MESSAGE LENGTH");
        line.chat(Integer.toString(excess(chats.take())));
        line.chat("TEST 2 OUT OF BAND PROTOCOL MESSAGE");
        line.chat(chats.take());
        line.chat("TEST 1 USER ID CORRECTNESS");
    }

    static int excess(String text) {
        if (mistakes.contains("chars")) {
            return text.length() - MAX_BYTES / 2;
        }
        if (mistakes.contains("whole-length")) {
            return text.length() * 2;
        }
        return text.length() * 2 - MAX_BYTES;
    }

    // ---- assignment 2: leases

    static void assignment2() throws Exception {
        Connection line = new Connection();
        line.register();
        LinkedBlockingQueue<String> chats = line.listen();
        line.chat("TEST 1 SEND MESSAGE WHILE HAVING AN ACTIVE LEASE");
        line.registered.await();
        new Thread(guarded(Course2024::echoOverUdp)).start();
        line.chat("TEST 4 LISTEN TO INCOMING MESSAGES AND ECHO SPECIAL MESSAGE");
        while (true) {
            String text = chats.take();
            if (text.contains("SPECIAL MESSAGE TEST 4")) {
                line.chat(text);
            }
        }
    }

    static void renewals() throws Exception {
        Connection line = new Connection();
        line.register();
        line.listen();
        line.chat("TEST 3 RENEW LEASE");
        while (true) {
            Thread.sleep((long) (150_000 * scale));
            line.register();
        }
    }

    static void echoOverUdp() throws Exception {
        Udp udp = new Udp(5252);
        udp.chat(7777, "TEST 2 ECHO MESSAGE FROM USER");
        while (true) {
            String text = udp.receive(0);
            if (text != null && text.startsWith("Timestamp: ")) {
                udp.chat(7777, text);
            }
        }
    }

    // ---- assignment 3: UDP

    /** Sends again what is not acknowledged after half a second of silence. */
    static void missingMessages() throws Exception {
        Udp udp = new Udp(5005);
        Map<Integer, String> open = new TreeMap<>();
        udp.chat(me, "TEST 1 MISSING MESSAGE RECONCILIATION");
        while (true) {
            String text = udp.receive(500);
            if (text == null) {
                for (String kept : open.values()) {
                    udp.chat(me, kept);
                }
            } else if (text.contains("SUCCESSFULLY PASSED")) {
                System.out.println("done: " + text);
                return;
            } else if (text.startsWith("Acknowledged message: ")) {
                open.remove(number(text.substring("Acknowledged message: ".length())));
            } else if (text.startsWith("Test 1") || text.startsWith("TEST 1")) {
                open.put(number(text), text);
                udp.chat(me, text);
            }
        }
    }

    static int number(String text) {
        return Character.getNumericValue(text.charAt(21));
    }

    /** Keeps everything until it is acknowledged, and tries again after each datagram. */
    static void offlineBuffering() throws Exception {
        Udp udp = new Udp(7007);
        List<String> kept = new ArrayList<>();
        boolean online = true;
        udp.chat(me, "TEST 2 OFFLINE BUFFERING OF MESSAGES");
        while (true) {
            String text = udp.receive(0);
            if (text == null) {
                continue;
            }
            if (text.startsWith("Acknowledged message: ")) {
                kept.remove(text.substring("Acknowledged message: ".length()));
            } else if (text.contains("User is now Offline")) {
                online = false;
            } else if (text.contains("User is now Online")) {
                online = true;
                for (String each : new ArrayList<>(kept)) {
                    udp.chat(me, each);
                }
            } else if (text.contains("TEST 2 OFFLINE BUFFERING OF MESSAGES")) {
                System.out.println("done: " + text);
                return;
            } else {
                kept.add(text);
                if (online) {
                    udp.chat(me, text);
                }
            }
        }
    }

    static void timestamps() throws Exception {
        Udp udp = new Udp(8008);
        TreeSet<String> byTime = new TreeSet<>();
        udp.chat(me, "TEST 3 TIMESTAMP REORDERING");
        String text = udp.receive(1000);
        while (text != null || byTime.isEmpty()) {
            if (text != null) {
                String[] columns = text.split("\\|");
                byTime.add(columns[2] + "#" + text);
            }
            text = udp.receive(1000);
        }
        for (String entry : byTime) {
            udp.chat(me, entry.substring(entry.indexOf('#') + 1));
        }
    }

    // ---- the protocol

    static class Connection {
        final Socket socket;
        final DataOutputStream out;
        final DataInputStream in;
        final CountDownLatch registered = new CountDownLatch(1);

        Connection() throws IOException {
            socket = new Socket(host, 4444 + offset, home, 0);
            socket.setTcpNoDelay(true);
            out = new DataOutputStream(socket.getOutputStream());
            in = new DataInputStream(socket.getInputStream());
        }

        synchronized void register() throws IOException {
            out.writeInt(REGISTER);
            out.writeInt(me);
            out.writeUTF("my-laptop.invalid");
            out.writeInt(73874);
        }

        synchronized void chat(String text) throws IOException {
            out.writeInt(CHAT);
            out.writeInt(me);
            out.writeUTF(text);
        }

        /** Reads for ever; what is no type is skipped, four bytes at a time. */
        LinkedBlockingQueue<String> listen() {
            LinkedBlockingQueue<String> chats = new LinkedBlockingQueue<>();
            new Thread(guarded(() -> {
                while (true) {
                    int type = in.readInt();
                    if (type == ERROR) {
                        System.out.println("error: " + in.readUTF());
                        registered.countDown(); // too soon: another connection was quicker
                    } else if (type == CHAT) {
                        int recipient = in.readInt();
                        if (recipient < 0 || recipient > 9999) {
                            throw new IllegalArgumentException("user id " + recipient);
                        }
                        String text = in.readUTF();
                        System.out.println("chat: " + text);
                        chats.add(text);
                    } else {
                        System.out.println("type: " + type);
                        registered.countDown();
                    }
                }
            })).start();
            return chats;
        }
    }

    static class Udp {
        final DatagramSocket socket;
        final int port;

        Udp(int port) throws IOException {
            socket = new DatagramSocket(0, home);
            this.port = port + offset;
        }

        void chat(int recipient, String text) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(CHAT);
            out.writeInt(recipient);
            out.writeUTF(text);
            byte[] data = bytes.toByteArray();
            socket.send(new DatagramPacket(data, data.length, InetAddress.getByName(host), port));
        }

        /** The text of the next datagram; null after the time or when it is no chat. */
        String receive(int withinMs) throws IOException {
            DatagramPacket packet = new DatagramPacket(new byte[512], 512);
            socket.setSoTimeout(withinMs);
            try {
                socket.receive(packet);
            } catch (SocketTimeoutException e) {
                return null;
            }
            DataInputStream in = new DataInputStream(
                    new ByteArrayInputStream(packet.getData(), 0, packet.getLength()));
            int type = in.readInt();
            if (type != CHAT) {
                System.out.println(port + ": type " + type + " " + in.readUTF());
                return null;
            }
            in.readInt();
            String text = in.readUTF();
            System.out.println(port + ": " + text);
            return text;
        }
    }

    interface Work {
        void run() throws Exception;
    }

    static Runnable guarded(Work work) {
        return () -> {
            try {
                work.run();
            } catch (EOFException e) {
                System.out.println("the server closed");
            } catch (Exception e) {
                e.printStackTrace();
            }
        };
    }
}
