/* The two ends of what bench.relay and bench.kernel measure: an echo server and a client.
 *
 *     peers serve tcp|udp ADDRESS           prints its port, then echoes until stdin ends
 *     peers ask ADDRESS PORT                obeys the lines of stdin, answers each with one line
 *
 * As little as can be done for a message or a connection, so that what is measured is what lies
 * between them. One thread, one epoll each. A PROXY header of version 2 is skipped by the server.
 * Orders (S seconds, N sockets):   open N | messages S | trips S | bulk S | connections S N | close
 *                                  flows N | datagrams S N | newflows S N
 * Answers: "ok", "COUNT SECONDS", for trips the 99th percentile in microseconds, and for UDP
 * "COUNT SECONDS LOST".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE = 64, EVENTS = 128, MOST = 1 << 16, MOST_TRIPS = 1 << 20, WAIT_MS = 10000 };
enum { FIRST_PORT = 21000 }; /* below those that the system gives away: servers have such */
enum { AHEAD = 1 << 18, BLOCK = 1 << 16, HEADER = 16, LOST_MS = 200 };

static char buffer[1 << 18];
static int sockets[MOST], count, poller = -1;
static struct sockaddr_in peer;

static void fail(const char *what) {
    fprintf(stderr, "peers: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static void watch(int fd, unsigned events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
}

static void set_address(const char *host, int port) {
    peer.sin_family = AF_INET;
    peer.sin_port = htons(port);
    if (!inet_pton(AF_INET, host, &peer.sin_addr)) fail(host);
}

/* The server. */

static char is_known[MOST];

static void echo(int fd) {
    ssize_t got = read(fd, buffer, sizeof buffer), at = 0;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        close(fd);
        return;
    }
    if (fd < MOST && !is_known[fd]) {
        is_known[fd] = 1;
        if (got >= HEADER && !memcmp(buffer, "\r\n\r\n\0\r\nQUIT\n", 12))
            at = HEADER + ((unsigned char)buffer[14] << 8 | (unsigned char)buffer[15]);
    }
    while (at < got) {
        ssize_t sent = write(fd, buffer + at, got - at);
        if (sent < 0 && errno == EAGAIN) {
            struct pollfd room = {.fd = fd, .events = POLLOUT};
            poll(&room, 1, WAIT_MS);
            continue;
        }
        if (sent < 0) {
            close(fd);
            return;
        }
        at += sent;
    }
}

static void welcome(int listening) {
    for (int more = 16; more; more--) {
        int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) return;
        if (fd < MOST) is_known[fd] = 0;
        watch(fd, EPOLLIN);
    }
}

static void send_back(int fd) {
    for (int more = 16; more; more--) {
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        ssize_t got = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &size);
        if (got < 0) return;
        sendto(fd, buffer, got, 0, (struct sockaddr *)&from, size);
    }
}

static void serve(int kind, const char *host) {
    int one = 1, room = 4 << 20, listening = socket(AF_INET, kind | SOCK_NONBLOCK, 0), port = FIRST_PORT;
    socklen_t size = sizeof peer;
    setsockopt(listening, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* is inherited */
    if (kind == SOCK_DGRAM) setsockopt(listening, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    do {
        set_address(host, port);
        if (port++ > 65535) fail("bind");
    } while (bind(listening, (struct sockaddr *)&peer, size));
    if (kind == SOCK_STREAM && listen(listening, 4096)) fail("listen");
    printf("%d\n", ntohs(peer.sin_port));
    fflush(stdout);
    poller = epoll_create1(0);
    watch(listening, EPOLLIN);
    watch(STDIN_FILENO, 0); /* its end is told without being asked for */
    for (struct epoll_event ready[EVENTS];;) {
        int many = epoll_wait(poller, ready, EVENTS, -1);
        for (int i = 0; i < many; i++) {
            int fd = ready[i].data.fd;
            if (fd == STDIN_FILENO) exit(0);
            if (fd != listening) echo(fd);
            else if (kind == SOCK_STREAM) welcome(fd);
            else send_back(fd);
        }
    }
}

/* The client. */

static void say(int fd) {
    while (write(fd, buffer, MESSAGE) != MESSAGE) {
        struct pollfd way = {.fd = fd, .events = POLLOUT};
        if (errno != EAGAIN || poll(&way, 1, WAIT_MS) < 1) fail("a message");
    }
}

static int hear(int fd) {
    ssize_t got = read(fd, buffer, sizeof buffer);
    if (got <= 0) fail("closed without an answer");
    return got;
}

static int wait_for(struct epoll_event *ready, int within_ms) {
    int many = epoll_wait(poller, ready, EVENTS, within_ms);
    if (many < 1 && within_ms == WAIT_MS) fail("nobody answers");
    return many;
}

static int dial(int kind) {
    int fd = socket(AF_INET, kind | SOCK_NONBLOCK, 0);
    if (fd < 0) fail("socket");
    if (connect(fd, (struct sockaddr *)&peer, sizeof peer) && errno != EINPROGRESS) fail("connect");
    return fd;
}

static void hang_up(void) {
    for (int i = 0; i < count; i++) close(sockets[i]);
    count = 0;
}

/* So many sockets, each of which has been answered once. */
static void open_all(int kind, int many) {
    int one = 1;
    hang_up();
    for (; count < many; count++) {
        int fd = sockets[count] = dial(kind);
        struct pollfd answer = {.fd = fd, .events = POLLIN};
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        say(fd);
        if (poll(&answer, 1, WAIT_MS) < 1) fail("a first answer");
        hear(fd);
        watch(fd, EPOLLIN);
    }
}

static void messages(double seconds) {
    struct epoll_event ready[EVENTS];
    long done = 0, left = (long)count * MESSAGE;
    double began = now(), over;
    for (int i = 0; i < count; i++) say(sockets[i]);
    while ((over = now()) < began + seconds) {
        int many = wait_for(ready, WAIT_MS);
        for (int i = 0; i < many; i++) {
            hear(ready[i].data.fd);
            say(ready[i].data.fd);
        }
        done += many;
    }
    while (left > 0) {
        int many = wait_for(ready, WAIT_MS);
        for (int i = 0; i < many; i++) left -= hear(ready[i].data.fd);
    }
    printf("%ld %.6f\n", done, over - began);
}

static int by_size(const void *one, const void *other) {
    double difference = *(const double *)one - *(const double *)other;
    return (difference > 0) - (difference < 0);
}

static void trips(double seconds) {
    static double took[MOST_TRIPS];
    double until = now() + seconds;
    int done = 0;
    while (now() < until && done < MOST_TRIPS - count)
        for (int i = 0; i < count; i++) {
            struct pollfd answer = {.fd = sockets[i], .events = POLLIN};
            double began = now();
            say(sockets[i]);
            if (poll(&answer, 1, WAIT_MS) < 1) fail("an answer");
            hear(sockets[i]);
            took[done++] = now() - began;
        }
    qsort(took, done, sizeof *took, by_size);
    printf("%.3f\n", took[done * 99 / 100] * 1e6);
}

static void bulk(double seconds) {
    static char block[BLOCK];
    struct pollfd way = {.fd = sockets[0]};
    long sent = 0, took = 0, in_time = 0;
    double began = now(), over = 0;
    while (!over || took < sent) {
        way.events = POLLIN | (!over && sent - took < AHEAD ? POLLOUT : 0);
        if (poll(&way, 1, WAIT_MS) < 1) fail("nothing moves");
        if (way.revents & POLLIN) took += hear(way.fd);
        if (way.revents & POLLOUT) {
            ssize_t wrote = write(way.fd, block, BLOCK);
            if (wrote > 0) sent += wrote;
        }
        if (!over && now() >= began + seconds) over = now(), in_time = took;
    }
    printf("%ld %.6f\n", in_time, over - began);
}

static void begin(void) {
    int fd = dial(SOCK_STREAM);
    say(fd);
    watch(fd, EPOLLIN);
}

/* Connect, one message there and back, close; so many at once. */
static void connections(double seconds, int at_once) {
    struct epoll_event ready[EVENTS];
    long done = 0, inside = at_once;
    double began = now(), over = began;
    for (int i = 0; i < at_once; i++) begin();
    while (inside) {
        int many = wait_for(ready, WAIT_MS), go_on = now() < began + seconds;
        for (int i = 0; i < many; i++) {
            if (hear(ready[i].data.fd) != MESSAGE) fail("half an answer");
            close(ready[i].data.fd);
            if (go_on) begin();
            else inside--;
        }
        done += many;
        over = now();
    }
    printf("%ld %.6f\n", done, over - began);
}

/* Datagrams there and back over all flows, `at_once` under way; what is lost is sent again. */
static void datagrams(double seconds, int at_once) {
    struct epoll_event ready[EVENTS];
    long done = 0, lost = 0;
    double began = now(), over;
    int turn = 0;
    if (at_once > count) at_once = count;
    for (int i = 0; i < at_once; i++) say(sockets[turn++ % count]);
    while ((over = now()) < began + seconds) {
        int many = wait_for(ready, LOST_MS);
        if (many < 1) {
            lost += at_once;
            for (int i = 0; i < at_once; i++) say(sockets[turn++ % count]);
        }
        for (int i = 0; i < many; i++) {
            while (read(ready[i].data.fd, buffer, sizeof buffer) > 0) {
                done++;
                say(sockets[turn++ % count]);
            }
        }
    }
    for (int many; (many = wait_for(ready, LOST_MS)) > 0;)
        for (int i = 0; i < many; i++)
            while (read(ready[i].data.fd, buffer, sizeof buffer) > 0) continue;
    printf("%ld %.6f %ld\n", done, over - began, lost);
}

/* New flows: a socket, one datagram there and back, close; so many at once. */
static void new_flows(double seconds, int at_once) {
    struct epoll_event ready[EVENTS];
    long done = 0, lost = 0;
    double began = now(), over = began;
    int *open = calloc(MOST, sizeof *open), inside = 0, go_on = 1;
    while (go_on || inside) {
        while (go_on && inside < at_once) {
            int fd = dial(SOCK_DGRAM);
            say(fd);
            watch(fd, EPOLLIN);
            open[fd] = 1;
            inside++;
        }
        int many = wait_for(ready, LOST_MS);
        go_on = now() < began + seconds;
        if (many < 1) { /* whatever is open has been forgotten by somebody */
            for (int fd = 0; fd < MOST; fd++)
                if (open[fd]) close(fd), open[fd] = 0;
            lost += inside;
            inside = 0;
        }
        for (int i = 0; i < many; i++) {
            int fd = ready[i].data.fd;
            done += read(fd, buffer, sizeof buffer) == MESSAGE;
            close(fd);
            open[fd] = 0;
            inside--;
        }
        if (many > 0) over = now();
    }
    free(open);
    printf("%ld %.6f %ld\n", done, over - began, lost);
}

static void obey(const char *line) {
    char order[16] = "";
    double seconds = 0;
    int many = 1;
    sscanf(line, "%15s %lf %d", order, &seconds, &many);
    if (!strcmp(order, "open")) open_all(SOCK_STREAM, seconds), puts("ok");
    else if (!strcmp(order, "flows")) open_all(SOCK_DGRAM, seconds), puts("ok");
    else if (!strcmp(order, "close")) hang_up(), puts("ok");
    else if (!strcmp(order, "messages")) messages(seconds);
    else if (!strcmp(order, "trips")) trips(seconds);
    else if (!strcmp(order, "bulk")) bulk(seconds);
    else if (!strcmp(order, "connections")) connections(seconds, many);
    else if (!strcmp(order, "datagrams")) datagrams(seconds, many);
    else if (!strcmp(order, "newflows")) new_flows(seconds, many);
    else fail(line);
    fflush(stdout);
}

int main(int given, char **words) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (given == 4 && !strcmp(words[1], "serve"))
        serve(strcmp(words[2], "udp") ? SOCK_STREAM : SOCK_DGRAM, words[3]);
    if (given != 4 || strcmp(words[1], "ask")) return 2;
    set_address(words[2], atoi(words[3]));
    poller = epoll_create1(0);
    for (char line[128]; fgets(line, sizeof line, stdin);) obey(line);
    return 0;
}
