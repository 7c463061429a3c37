import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * Tests 3_1 to 6_2 of 2025, all at once from several connections. Frames are built in memory and
 * leave in one write, register and trigger together; classes for each message, exceptions for
 * everything unknown; renewals every 240 s on the first connection.
 */
public class Course2025 {
    sealed interface Message permits ServiceError, Registration, Registered, ChatMessage {}

    record ServiceError(String text) implements Message {}

    record Registration(int userId, String address, int port) implements Message {}

    record Registered() implements Message {}

    record ChatMessage(int recipient, String text) implements Message {}

    private final InetAddress server;
    private final int offset;
    private final int userId;
    private final InetAddress home;
    private final double scale;

    Course2025(String[] args) throws IOException {
        server = InetAddress.getByName(args[0]);
        offset = Integer.parseInt(args[1]);
        userId = Integer.parseInt(args[2]);
        home = InetAddress.getByName(args[3]);
        scale = Double.parseDouble(args[4]);
    }

    public static void main(String[] args) throws Exception {
        Course2025 course = new Course2025(args);
        course.start("3_1", course::activeLease);
        course.start("4_1", course::renewLease);
        course.start("4_2", course::echoSpecial);
        CountDownLatch registered = new CountDownLatch(1);
        course.start("A5", () -> course.stayRegistered(4448, registered));
        course.start("A6", () -> course.stayRegistered(4449, registered));
        registered.await();
        course.start("3_2", course::echoTimestamp);
        course.start("5_1", course::lostMessages);
        course.start("5_2", course::offlineBuffer);
        course.start("6_1", () -> course.reorder(8008, "TEST 6_1 TIMESTAMP REORDERING"));
        course.start("6_2", () -> course.reorder(2002, "TEST 6_2 TIMESTAMP REORDERING WHILE OFFLINE"));
    }

    void activeLease() throws Exception {
        Socket socket = connect(4446);
        write(socket, register(), chat("TEST 3_1 SEND MESSAGE WHILE HAVING AN ACTIVE LEASE"));
        listen(socket);
    }

    void renewLease() throws Exception {
        Socket socket = connect(4447);
        write(socket, register(), chat("TEST 4_1 RENEW LEASE"));
        Thread reader = new Thread(() -> listen(socket));
        reader.start();
        for (int i = 0; i < 8; i++) {
            Thread.sleep(Math.round(240_000 * scale));
            write(socket, register());
        }
    }

    void echoSpecial() throws Exception {
        Socket socket = connect(4447);
        write(socket, register(), chat("TEST 4_2 LISTEN TO INCOMING MESSAGES AND ECHO SPECIAL MESSAGE"));
        DataInputStream in = new DataInputStream(socket.getInputStream());
        while (true) {
            if (read(in) instanceof ChatMessage chat
                    && chat.text().contains("SPECIAL MESSAGE TEST 4_2")) {
                write(socket, chat);
            }
        }
    }

    void stayRegistered(int port, CountDownLatch registered) throws Exception {
        Socket socket = connect(port);
        write(socket, register());
        DataInputStream in = new DataInputStream(socket.getInputStream());
        Message first = read(in); // the response, or that it is too soon: both will do
        System.out.println(port + ": " + first);
        registered.countDown();
        listen(socket);
    }

    void echoTimestamp() throws Exception {
        DatagramSocket socket = open();
        send(socket, 5252, "TEST 3_2 ECHO MESSAGE FROM USER");
        while (true) {
            String text = receive(socket, 0);
            if (text.startsWith("Timestamp: ")) {
                send(socket, 5252, text);
            }
        }
    }

    /** Sends again whatever is open after every single datagram, and after a second of silence. */
    void lostMessages() throws Exception {
        DatagramSocket socket = open();
        Set<String> unacknowledged = new LinkedHashSet<>();
        send(socket, 5005, "TEST 5_1 LOST MESSAGE HANDLING");
        while (true) {
            String text = receive(socket, 1000);
            if (text != null && text.contains("SUCCESSFULLY PASSED")) {
                return;
            }
            if (text != null && text.startsWith("Acknowledged message: ")) {
                unacknowledged.remove(text.replace("Acknowledged message: ", ""));
            } else if (text != null && text.toUpperCase().startsWith("TEST 1")) {
                unacknowledged.add(text);
            }
            for (String each : unacknowledged) {
                send(socket, 5005, each);
            }
        }
    }

    /** One thread receives, another one sends the first open message every 100 ms while online. */
    void offlineBuffer() throws Exception {
        DatagramSocket socket = open();
        List<String> buffer = new ArrayList<>();
        boolean[] online = {true};
        Thread sender = new Thread(() -> {
            try {
                while (true) {
                    Thread.sleep(100);
                    synchronized (buffer) {
                        if (online[0] && !buffer.isEmpty()) {
                            String next = buffer.remove(0);
                            buffer.add(next);
                            send(socket, 7007, next);
                        }
                    }
                }
            } catch (Exception e) {
                e.printStackTrace();
            }
        });
        send(socket, 7007, "TEST 5_2 BUFFERED MESSAGING WHILE OFFLINE");
        sender.setDaemon(true);
        sender.start();
        while (true) {
            String text = receive(socket, 0);
            synchronized (buffer) {
                if (text.contains("SUCCESSFULLY PASSED")) {
                    return;
                } else if (text.startsWith("Acknowledged message: ")) {
                    buffer.remove(text.substring(22));
                } else if (text.contains("Offline")) {
                    online[0] = false;
                } else if (text.contains("Online")) {
                    online[0] = true;
                } else if (!buffer.contains(text)) {
                    buffer.add(text);
                }
            }
        }
    }

    /** Two seconds of silence, then everything in order; while offline it waits on. */
    void reorder(int port, String trigger) throws Exception {
        record Stamped(LocalTime time, String text) {}
        DatagramSocket socket = open();
        List<Stamped> all = new ArrayList<>();
        boolean online = true;
        send(socket, port, trigger);
        while (true) {
            String text = receive(socket, 2000);
            if (text == null) {
                if (online && !all.isEmpty()) {
                    all.sort(Comparator.comparing(Stamped::time));
                    for (Stamped each : all) {
                        send(socket, port, each.text());
                    }
                    return;
                }
            } else if (text.contains("User is now Offline")) {
                online = false;
            } else if (text.contains("User is now Online")) {
                online = true;
            } else {
                all.add(new Stamped(LocalTime.parse(text.split("\\|")[2]), text));
            }
        }
    }

    // ---- sockets and frames

    private Socket connect(int port) throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(home, 0));
        socket.connect(new InetSocketAddress(server, port + offset), 5000);
        return socket;
    }

    private DatagramSocket open() throws IOException {
        return new DatagramSocket(new InetSocketAddress(home, 0));
    }

    private Registration register() {
        return new Registration(userId, "192.168.178.20", 4444);
    }

    private ChatMessage chat(String text) {
        return new ChatMessage(userId, text);
    }

    private void listen(Socket socket) {
        try {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            while (true) {
                System.out.println(socket.getPort() + ": " + read(in));
            }
        } catch (IOException e) {
            System.out.println(socket.getPort() + " closed: " + e.getMessage());
        }
    }

    private void write(Socket socket, Message... messages) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Message each : messages) {
            bytes.write(encode(each));
        }
        synchronized (socket) {
            socket.getOutputStream().write(bytes.toByteArray());
        }
    }

    private void send(DatagramSocket socket, int port, String text) throws IOException {
        byte[] frame = encode(chat(text));
        socket.send(new DatagramPacket(frame, frame.length, server, port + offset));
    }

    private String receive(DatagramSocket socket, int withinMs) throws IOException {
        byte[] buffer = new byte[512];
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.setSoTimeout(withinMs);
        try {
            socket.receive(packet);
        } catch (SocketTimeoutException e) {
            return null;
        }
        Message message = read(new DataInputStream(new ByteArrayInputStream(buffer, 0, packet.getLength())));
        System.out.println(packet.getPort() + ": " + message);
        if (message instanceof ChatMessage chat) {
            return chat.text();
        }
        throw new IOException("no chat: " + message);
    }

    static byte[] encode(Message message) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        if (message instanceof Registration r) {
            out.writeInt(1);
            out.writeInt(r.userId());
            out.writeUTF(r.address());
            out.writeInt(r.port());
        } else if (message instanceof ChatMessage c) {
            out.writeInt(4);
            out.writeInt(c.recipient());
            out.writeUTF(c.text());
        } else {
            throw new IllegalArgumentException("clients do not send " + message);
        }
        return bytes.toByteArray();
    }

    static Message read(DataInputStream in) throws IOException {
        int type = in.readInt();
        switch (type) {
            case 0:
                return new ServiceError(in.readUTF());
            case 2:
                return new Registered();
            case 4:
                int recipient = in.readInt();
                if (recipient < 0 || recipient > 9999) {
                    throw new IllegalArgumentException("Invalid user id " + recipient);
                }
                return new ChatMessage(recipient, in.readUTF());
            default:
                throw new IllegalArgumentException("Invalid message type " + type);
        }
    }

    interface Work {
        void run() throws Exception;
    }

    private void start(String name, Work work) {
        new Thread(() -> {
            try {
                work.run();
                System.out.println(name + " done");
            } catch (Exception e) {
                System.out.println(name + ": " + e);
            }
        }, name).start();
    }
}
