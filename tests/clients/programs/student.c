/* A student's program in C: bare sockets, poll, 512-byte buffers. On TCP it writes four bytes at a
 * time, reads exactly what it wants, and steps over unknown types four bytes at a time.
 *
 *   student HOST OFFSET UID HOME SCALE TASK
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FAILURE = 0, REGISTER = 1, REGISTERED = 2, CHAT = 4 };
enum { TEXT = 65536, LIST = 64, DATAGRAM = 512 };

static const char *host, *home, *task;
static int offset, uid, swap_bytes;
static double scale;

/* ---- frames */

static int put_int(char *to, int32_t value) {
    uint32_t network = swap_bytes ? (uint32_t)value : htonl((uint32_t)value);
    memcpy(to, &network, 4);
    return 4;
}

static int put_text(char *to, const char *text) {
    uint16_t network = swap_bytes ? (uint16_t)strlen(text) : htons((uint16_t)strlen(text));
    memcpy(to, &network, 2);
    memcpy(to + 2, text, strlen(text));
    return 2 + (int)strlen(text);
}

static int32_t get_int(const char *from) {
    uint32_t network;
    memcpy(&network, from, 4);
    return (int32_t)ntohl(network);
}

static int put_chat(char *to, int recipient, const char *text) {
    int length = put_int(to, CHAT);
    length += put_int(to + length, recipient);
    return length + put_text(to + length, text);
}

static int put_register(char *to) {
    int length = put_int(to, REGISTER);
    length += put_int(to + length, uid);
    length += put_text(to + length, "10.0.0.1");
    return length + put_int(to + length, 4444);
}

/* ---- sockets */

static int open_socket(int kind, int port, int bind_home) {
    struct sockaddr_in here = {.sin_family = AF_INET}, there = {.sin_family = AF_INET};
    int fd = socket(AF_INET, kind, 0), one = 1;
    inet_pton(AF_INET, home, &here.sin_addr);
    inet_pton(AF_INET, host, &there.sin_addr);
    there.sin_port = htons((uint16_t)(port + offset));
    if (bind_home && bind(fd, (struct sockaddr *)&here, sizeof here) != 0) {
        perror("bind");
        exit(1);
    }
    if (connect(fd, (struct sockaddr *)&there, sizeof there) != 0) {
        perror("connect");
        exit(1);
    }
    if (kind == SOCK_STREAM) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    return fd;
}

static void write_pieces(int fd, const char *bytes, int length) {
    for (int at = 0; at < length; at += 4) {
        int piece = length - at < 4 ? length - at : 4;
        if (write(fd, bytes + at, (size_t)piece) != piece) {
            perror("write");
        }
    }
}

static int read_exactly(int fd, char *to, int length) {
    int got = 0;
    while (got < length) {
        ssize_t n = read(fd, to + got, (size_t)(length - got));
        if (n <= 0) {
            return 0;
        }
        got += (int)n;
    }
    return 1;
}

/* Reads to the end of the next message with a text; returns its type, or -1 at the end. */
static int read_message(int fd, char *text) {
    char head[4];
    while (read_exactly(fd, head, 4)) {
        int type = get_int(head);
        if (type == CHAT && !read_exactly(fd, head, 4)) {
            return -1;
        }
        if (type == CHAT || type == FAILURE) {
            uint16_t length;
            if (!read_exactly(fd, (char *)&length, 2) || !read_exactly(fd, text, ntohs(length))) {
                return -1;
            }
            text[ntohs(length)] = 0;
            printf("%d: %.600s\n", type, text);
            fflush(stdout);
            return type;
        }
        printf("skipped %d\n", type);
    }
    return -1;
}

static void say(int fd, const char *text) {
    static char frame[TEXT + 16];
    write_pieces(fd, frame, put_chat(frame, uid, text));
}

static void enter(int fd) {
    char frame[64];
    write_pieces(fd, frame, put_register(frame));
}

static void say_udp(int fd, int recipient, const char *text) {
    char frame[DATAGRAM];
    int length = put_chat(frame, recipient, text);
    if (send(fd, frame, (size_t)length, 0) != length) {
        perror("send");
    }
}

/* The text of the next datagram that is a chat; 0 when none came within the time. */
static int hear_udp(int fd, char *text, int within_ms) {
    char frame[DATAGRAM];
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    if (poll(&waiting, 1, within_ms) <= 0) {
        return 0;
    }
    ssize_t got = recv(fd, frame, sizeof frame, 0);
    if (got < 10 || get_int(frame) != CHAT) {
        printf("%zd bytes that are no chat\n", got);
        return 0;
    }
    memcpy(text, frame + 10, (size_t)got - 10);
    text[got - 10] = 0;
    printf("udp: %s\n", text);
    fflush(stdout);
    return 1;
}

/* ---- what the tasks share: a list of texts */

static char list[LIST][DATAGRAM];
static int listed;

static void keep(const char *text) {
    for (int i = 0; i < listed; i++) {
        if (strcmp(list[i], text) == 0) {
            return;
        }
    }
    if (listed < LIST) {
        strcpy(list[listed++], text);
    }
}

static void drop(const char *text) {
    for (int i = 0; i < listed; i++) {
        if (strcmp(list[i], text) == 0) {
            memmove(list[i], list[i + 1], (size_t)(--listed - i) * DATAGRAM);
            return;
        }
    }
}

static void send_list(int fd) {
    for (int i = 0; i < listed; i++) {
        say_udp(fd, uid, list[i]);
    }
}

static int by_time(const void *a, const void *b) {
    return strcmp(strrchr(a, '|'), strrchr(b, '|'));
}

/* ---- tasks */

/* 2024 assignment 1, all four on one connection in one go; nothing is read before all is written */
static void assignment1(void) {
    static char text[TEXT];
    int fd = open_socket(SOCK_STREAM, 4444, 1), type;
    enter(fd);
    say(fd, "TEST 2 OUT OF BAND PROTOCOL MESSAGE");
    say(fd, "TEST 4 HANDLING ERROR MESSAGE");
    say(fd, "TEST 3 EXCEEDING MAX MESSAGE LENGTH");
    say(fd, "TEST 1 USER ID CORRECTNESS");
    while ((type = read_message(fd, text)) >= 0) {
        if (type == CHAT && strlen(text) > 2000) {
            char number[16];
            snprintf(number, sizeof number, "%d", (int)strlen(text) * 2 - 4000);
            say(fd, number);
        } else if (type == CHAT) {
            say(fd, text);
        }
    }
}

/* Mistakes in 2024 assignment 1 test 2: no frame, a newline, a length that counts the header */
static void wrong_echo(void) {
    static char text[TEXT], frame[TEXT + 16];
    int fd = open_socket(SOCK_STREAM, 4444, 1), type;
    enter(fd);
    say(fd, "TEST 2 OUT OF BAND PROTOCOL MESSAGE");
    while ((type = read_message(fd, text)) >= 0) {
        if (type != CHAT) {
            continue;
        }
        if (strcmp(task, "raw-string") == 0) {
            write_pieces(fd, text, (int)strlen(text));
        } else if (strcmp(task, "newline") == 0) {
            say(fd, strcat(text, "\n"));
        } else if (strcmp(task, "swapped-answer") == 0) {
            swap_bytes = 1;
            say(fd, text);
        } else if (strcmp(task, "long-length") == 0) {
            int length = put_chat(frame, uid, text);
            uint16_t wrong = htons((uint16_t)length);
            memcpy(frame + 8, &wrong, 2);
            write_pieces(fd, frame, length);
        } else {
            write_pieces(fd, frame, put_chat(frame, uid + 1, text));
        }
    }
}

/* Register and trigger, and away without reading: an answer that came sooner would be a reset */
static void write_and_exit(int port, const char *trigger) {
    char frame[256];
    int fd = open_socket(SOCK_STREAM, port, 1);
    int length = put_register(frame);
    length += put_chat(frame + length, uid, trigger);
    if (write(fd, frame, (size_t)length) != length) {
        perror("write");
    }
    exit(0);
}

static void renew(const char *trigger, int every_s) {
    int fd = open_socket(SOCK_STREAM, 4444, 1);
    enter(fd);
    say(fd, trigger);
    while (1) {
        usleep((useconds_t)(every_s * scale * 1e6));
        enter(fd);
    }
}

static void special(const char *trigger, const char *mark) {
    static char text[TEXT];
    int fd = open_socket(SOCK_STREAM, 4444, 1), type;
    enter(fd);
    say(fd, trigger);
    while ((type = read_message(fd, text)) >= 0) {
        if (type == CHAT && strstr(text, mark)) {
            say(fd, text);
        }
    }
}

static void timestamp(int recipient, const char *trigger) {
    char text[DATAGRAM];
    int line = open_socket(SOCK_STREAM, 4444, 1), fd = open_socket(SOCK_DGRAM, 5252, 1);
    enter(line);
    if (recv(line, text, 4, MSG_WAITALL) != 4) { /* its answer: the lease is there */
        return;
    }
    say_udp(fd, recipient, trigger);
    while (1) {
        if (hear_udp(fd, text, -1) && strncmp(text, "Timestamp: ", 11) == 0) {
            say_udp(fd, recipient, text);
        }
    }
}

/* 5005: sends the open ones after half a second of silence (`forget`: never sends anything again) */
static void missing(const char *trigger, int forget) {
    char text[DATAGRAM];
    int fd = open_socket(SOCK_DGRAM, 5005, 1);
    say_udp(fd, uid, trigger);
    while (1) {
        if (!hear_udp(fd, text, 500)) {
            if (!forget) {
                send_list(fd);
            }
        } else if (strncmp(text, "Acknowledged message: ", 22) == 0) {
            drop(text + 22);
        } else if (strstr(text, trigger)) {
            return;
        } else if (strncasecmp(text, "test 1", 6) == 0 && text[21] >= '0' && text[21] <= '9') {
            keep(text);
            say_udp(fd, uid, text);
        }
    }
}

/* 7007: the same until it is offline; then silence until it is online */
static void offline(const char *trigger) {
    char text[DATAGRAM];
    int fd = open_socket(SOCK_DGRAM, 7007, 1), online = 1;
    say_udp(fd, uid, trigger);
    while (1) {
        if (!hear_udp(fd, text, 500)) {
            if (online) {
                send_list(fd);
            }
        } else if (strstr(text, "is now Offline")) {
            online = 0;
        } else if (strstr(text, "is now Online")) {
            online = 1;
            send_list(fd);
        } else if (strncmp(text, "Acknowledged message: ", 22) == 0) {
            drop(text + 22);
        } else if (strstr(text, "SUCCESSFULLY PASSED")) {
            return;
        } else {
            keep(text);
            if (online) {
                say_udp(fd, uid, text);
            }
        }
    }
}

/* 8008 and 2002: sorted after 1.5 s of silence (`hasty`: whether it is online or not) */
static void reorder(int port, const char *trigger, int hasty) {
    char text[DATAGRAM];
    int fd = open_socket(SOCK_DGRAM, port, 1), online = 1;
    say_udp(fd, uid, trigger);
    while (1) {
        if (!hear_udp(fd, text, 1500)) {
            if (listed && (online || hasty)) {
                qsort(list, (size_t)listed, DATAGRAM, by_time);
                send_list(fd);
                listed = 0;
            }
        } else if (strstr(text, "is now Offline")) {
            online = 0;
        } else if (strstr(text, "is now Online")) {
            online = 1;
        } else if (strchr(text, '|')) {
            keep(text);
        } else {
            return;
        }
    }
}

static int is(const char *name) {
    return strcmp(task, name) == 0;
}

int main(int argc, char **argv) {
    static char text[TEXT];
    if (argc != 7) {
        return 2;
    }
    host = argv[1];
    offset = atoi(argv[2]);
    uid = atoi(argv[3]);
    home = argv[4];
    scale = atof(argv[5]);
    task = argv[6];
    swap_bytes = is("little-endian");
    if (is("a1")) {
        assignment1();
    } else if (is("a1-and-exit")) {
        write_and_exit(4444, "TEST 1 USER ID CORRECTNESS");
    } else if (is("a2-and-exit")) {
        write_and_exit(4444, "TEST 1 SEND MESSAGE WHILE HAVING AN ACTIVE LEASE");
    } else if (is("3_1-and-exit")) {
        write_and_exit(4446, "TEST 3_1 SEND MESSAGE WHILE HAVING AN ACTIVE LEASE");
    } else if (is("renew-240")) {
        renew("TEST 3 RENEW LEASE", 240);
    } else if (is("renew-320")) { /* mistake: a lease lasts 300 s */
        renew("TEST 3 RENEW LEASE", 320);
    } else if (is("special")) {
        special("TEST 4 LISTEN TO INCOMING MESSAGES AND ECHO SPECIAL MESSAGE",
                "SPECIAL MESSAGE TEST 4");
    } else if (is("timestamp-7777")) {
        timestamp(7777, "TEST 2 ECHO MESSAGE FROM USER");
    } else if (is("timestamp")) {
        timestamp(uid, "TEST 3_2 ECHO MESSAGE FROM USER");
    } else if (is("missing-2024")) {
        missing("TEST 1 MISSING MESSAGE RECONCILIATION", 0);
    } else if (is("missing-5_1")) {
        missing("TEST 5_1 LOST MESSAGE HANDLING", 0);
    } else if (is("forgets")) { /* mistake: no message is ever sent again */
        missing("TEST 5_1 LOST MESSAGE HANDLING", 1);
    } else if (is("offline")) {
        offline("TEST 5_2 BUFFERED MESSAGING WHILE OFFLINE");
    } else if (is("reorder-6_2")) {
        reorder(2002, "TEST 6_2 TIMESTAMP REORDERING WHILE OFFLINE", 0);
    } else if (is("hasty-6_2")) { /* mistake: sends while it is offline */
        reorder(2002, "TEST 6_2 TIMESTAMP REORDERING WHILE OFFLINE", 1);
    } else if (is("seed") || is("little-endian")) {
        char trigger[64];
        int fd = open_socket(SOCK_STREAM, is("seed") ? 8080 : 4444, 1);
        snprintf(trigger, sizeof trigger, "TEST 1 USER ID: %d", uid);
        enter(fd);
        say(fd, is("seed") ? trigger : "TEST 1 USER ID CORRECTNESS");
        while (read_message(fd, text) >= 0) {
        }
    } else {
        wrong_echo();
    }
    pause();
    return 0;
}
