/* The fast path of the relay: a poller that carries plain pairs of sockets by itself.
 *
 * A pair is a client and the member that serves it. As long as all goes smoothly (a connect that
 * succeeds, bytes that the other side takes at once, two streams that end) it is dealt with here.
 * Whatever is not smooth is handed back with all that is known of it: a refused connect, a reset, a
 * side that does not take its bytes, a member that leaves a client unanswered. What happens then is
 * decided in one place only, `connection.py`, which does the same without this file, more slowly.
 *
 * So there is little here that can go wrong. Nothing is parsed. No byte stays between two events:
 * what was read is written on at once, or handed back. One buffer serves all; no read is longer.
 * Descriptors that are not of a pair are told to the caller as epoll(7) tells them.
 *
 * Pairs are watched by edges: what is not read to its end is remembered and looked at again in the
 * next round. Descriptors of the caller are watched by level, as `poller.py` promises.
 *
 * Time is CLOCK_MONOTONIC in seconds, that of Python's time.monotonic().
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#define _GNU_SOURCE
#include <Python.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLIENT, MEMBER };
enum { FREE, CONNECTING, OPEN };
enum { READ_BYTES = 81920 }; /* more than one segment carries: what was sent whole stays whole */
enum { MOST_EVENTS = 256 };
enum { EDGES = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLET };
#define OF_A_PAIR (UINT64_C(1) << 63)

/* Why a pair is handed back; `fast_path.py` has the same names. */
enum { UNREACHED, ENDED, RESET, BLOCKED, UNDELIVERED, IDLE, STOPPED };

typedef struct {
    int fd;
    int eof;         /* its peer sends no more */
    double spoke_at; /* when something of it was last passed on; 0: never */
    uint64_t bytes;  /* that it has sent, and that were passed on */
} Side;

typedef struct {
    Side side[2];
    int state;
    int watched; /* both sockets are */
    int lasting; /* the member is asked for signs of life */
    int again;   /* sides that are not read to their end: a bit each */
    int failing; /* sides that were told to be in error: a bit each */
    int queued;  /* this place is among the unread; outlives the pair */
    double opened_at, joined_at;
    PyObject *ticket;      /* (address, opening, ...): the caller's, given back with the pair */
    uint32_t next, before; /* neighbours in the queue of those that connect */
} Pair;

typedef struct {
    PyObject_HEAD int epoll;
    Pair *pairs;                 /* [0] is never used: 0 is the end of a queue */
    uint32_t room, used;         /* places, and how many of them were ever taken */
    uint32_t *spare, spares;     /* places that are free again */
    uint32_t *parted, parteds;   /* free from the next round on: events of this one may name them */
    uint32_t *unread, unreads;   /* pairs to be looked at again in the next round */
    uint32_t count, first, last; /* pairs; the queue of those that connect, the oldest first */
    double connect_s;
    int first_ephemeral;
    PyObject *joined, *answered, *ended, *returned;
    char buffer[READ_BYTES];
} Poller;

static double now_s(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static double later(double one, double other) { return one > other ? one : other; }

static PyObject *os_error(int code) {
    errno = code;
    return PyErr_SetFromErrno(PyExc_OSError);
}

/* Put into a list and let go of it. */
static int tell(PyObject *list, PyObject *what) {
    if (!what) return -1;
    int failed = PyList_Append(list, what);
    Py_DECREF(what);
    return failed;
}

/* Places. */

static int grow(Poller *self) {
    uint32_t room = self->room ? 2 * self->room : 256;
    if (room > UINT32_C(1) << 24) return -1;
    Pair *pairs = realloc(self->pairs, room * sizeof *pairs);
    if (pairs) {
        memset(pairs + self->room, 0, (room - self->room) * sizeof *pairs);
        self->pairs = pairs;
    }
    uint32_t *spare = realloc(self->spare, room * sizeof *spare);
    if (spare) self->spare = spare;
    uint32_t *parted = realloc(self->parted, room * sizeof *parted);
    if (parted) self->parted = parted;
    uint32_t *unread = realloc(self->unread, room * sizeof *unread);
    if (unread) self->unread = unread;
    if (!pairs || !spare || !parted || !unread) return -1;
    self->room = room;
    return 0;
}

static uint32_t take_place(Poller *self) {
    if (self->spares) return self->spare[--self->spares];
    if (self->used + 1 >= self->room && grow(self)) return 0;
    return ++self->used;
}

static void leave_queue(Poller *self, Pair *pair) {
    if (pair->before)
        self->pairs[pair->before].next = pair->next;
    else
        self->first = pair->next;
    if (pair->next)
        self->pairs[pair->next].before = pair->before;
    else
        self->last = pair->before;
}

static void join_queue(Poller *self, uint32_t place) {
    Pair *pair = &self->pairs[place];
    pair->next = 0;
    pair->before = self->last;
    if (self->last)
        self->pairs[self->last].next = place;
    else
        self->first = place;
    self->last = place;
}

/* The place is free again; the ticket is the caller's now. */
static PyObject *part(Poller *self, uint32_t place) {
    Pair *pair = &self->pairs[place];
    PyObject *ticket = pair->ticket;
    if (pair->state == CONNECTING) leave_queue(self, pair);
    pair->state = FREE;
    pair->ticket = NULL;
    self->count--;
    self->parted[self->parteds++] = place;
    return ticket;
}

/* Watching. */

static int watch(Poller *self, int operation, int fd, uint32_t events, uint64_t whose) {
    struct epoll_event event = {.events = events, .data.u64 = whose};
    return epoll_ctl(self->epoll, operation, fd, &event);
}

static uint64_t name_of(uint32_t place, int side) {
    return OF_A_PAIR | (uint64_t)place << 1 | (uint64_t)side;
}

/* The ends of a pair: by itself, or handed back. */

/* Both streams have ended: close both sockets, and remember what is needed for the books. */
static int finish(Poller *self, uint32_t place) {
    Pair *pair = &self->pairs[place];
    close(pair->side[CLIENT].fd);
    close(pair->side[MEMBER].fd);
    double opened_at = pair->opened_at;
    uint64_t client = pair->side[CLIENT].bytes, member = pair->side[MEMBER].bytes;
    PyObject *ticket = part(self, place);
    return tell(self->ended, Py_BuildValue("(NdKK)", ticket, opened_at, (unsigned long long)client,
                                           (unsigned long long)member));
}

/* Something is not smooth: `why`, on which side, with bytes that were read there and not written to
 * the other. The descriptors go with it, no longer watched; the member's is -1 if it was not
 * reached. */
static int hand_back(Poller *self, uint32_t place, int why, int side, int error, const char *data,
                     Py_ssize_t size) {
    Pair *pair = &self->pairs[place];
    Side client = pair->side[CLIENT], member = pair->side[MEMBER];
    if (pair->watched) {
        watch(self, EPOLL_CTL_DEL, client.fd, 0, 0);
        watch(self, EPOLL_CTL_DEL, member.fd, 0, 0);
    }
    if (pair->state == CONNECTING && member.fd >= 0) {
        close(member.fd);
        member.fd = -1;
    }
    double opened_at = pair->opened_at, joined_at = pair->joined_at;
    int lasting = pair->lasting;
    PyObject *ticket = part(self, place);
    PyObject *told = Py_BuildValue(
        "(iiiNdd(iOdK)(iOdK)Oy#)", why, side, error, ticket, opened_at, joined_at, client.fd,
        client.eof ? Py_True : Py_False, client.spoke_at, (unsigned long long)client.bytes,
        member.fd, member.eof ? Py_True : Py_False, member.spoke_at,
        (unsigned long long)member.bytes, lasting ? Py_True : Py_False, data ? data : "", size);
    if (!told) { /* no memory: nobody can look after them any more */
        close(client.fd);
        if (member.fd >= 0) close(member.fd);
    }
    return tell(self->returned, told);
}

/* The way of the bytes. */

/* A pair is not read to its end: the next round looks at it. */
static void look_later(Poller *self, uint32_t place) {
    if (!self->pairs[place].queued) self->unread[self->unreads++] = place;
    self->pairs[place].queued = 1;
}

/* The end of what a side sends. */
static int end(Poller *self, uint32_t place, int side) {
    Side *from = &self->pairs[place].side[side], *to = &self->pairs[place].side[!side];
    if (side == MEMBER && !from->spoke_at && !to->eof)
        return hand_back(self, place, ENDED, side, 0, NULL, 0);
    if (to->eof) return finish(self, place);
    if (shutdown(to->fd, SHUT_WR)) return hand_back(self, place, ENDED, side, errno, NULL, 0);
    from->eof = 1;
    return 0;
}

/* Read what a side has sent, one buffer at most, and pass it on. -1 with an exception, else 0. */
static int carry(Poller *self, uint32_t place, int side, uint32_t events, double now) {
    Pair *pair = &self->pairs[place];
    Side *from = &pair->side[side], *to = &pair->side[!side];
    if (events & EPOLLERR) pair->failing |= 1 << side;
    if (from->eof) /* nothing is left to be read, but it may be told that the peer is dead */
        return events & EPOLLERR ? hand_back(self, place, RESET, side, 0, NULL, 0) : 0;
    ssize_t got = recv(from->fd, self->buffer, READ_BYTES, 0);
    if (got < 0) {
        if (errno == EAGAIN || errno == EINTR) return 0;
        return hand_back(self, place, RESET, side, errno, NULL, 0);
    }
    if (got == 0) {
        /* An end hides a reset that came behind it, and the edge that told of it is gone. */
        if (end(self, place, side)) return -1;
        return pair->state == OPEN && pair->failing & 1 << side
                   ? hand_back(self, place, RESET, side, 0, NULL, 0)
                   : 0;
    }
    ssize_t sent = send(to->fd, self->buffer, (size_t)got, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
        return hand_back(self, place, UNDELIVERED, side, errno, self->buffer, got);
    if (sent < 0) sent = 0;
    if (side == MEMBER && !from->spoke_at) {
        double due_at = later(pair->joined_at, to->spoke_at);
        if (tell(self->answered, Py_BuildValue("(Od)", pair->ticket, now - due_at))) return -1;
    }
    from->spoke_at = now;
    from->bytes += (uint64_t)got;
    if (sent < got)
        return hand_back(self, place, BLOCKED, side, 0, self->buffer + sent, got - sent);
    /* An edge is told once: more may be there when the buffer was filled, or when the end, or an
     * error, came with these bytes. */
    if (got == READ_BYTES || events & (EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        pair->again |= 1 << side;
        look_later(self, place);
    }
    return 0;
}

/* Connecting. */

static int is_own_address(int fd, const struct sockaddr *address) {
    struct sockaddr_storage own;
    socklen_t length = sizeof own;
    if (getsockname(fd, (struct sockaddr *)&own, &length)) return 0;
    if (own.ss_family != address->sa_family) return 0;
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *one = (const void *)&own, *other = (const void *)address;
        return one->sin_port == other->sin_port && one->sin_addr.s_addr == other->sin_addr.s_addr;
    }
    const struct sockaddr_in6 *one = (const void *)&own, *other = (const void *)address;
    return one->sin6_port == other->sin6_port && !memcmp(&one->sin6_addr, &other->sin6_addr, 16);
}

/* One of the first two parts of a ticket, which `begin` has looked at. */
static const void *ticket_bytes(const Pair *pair, Py_ssize_t part, Py_ssize_t *size) {
    PyObject *bytes = PyTuple_GetItem(pair->ticket, part);
    if (size) *size = PyBytes_Size(bytes);
    return PyBytes_AsString(bytes);
}

static int port_of(const struct sockaddr *address) {
    const struct sockaddr_in *four = (const void *)address;
    const struct sockaddr_in6 *six = (const void *)address;
    return ntohs(address->sa_family == AF_INET ? four->sin_port : six->sin6_port);
}

/* The member is there, with its opening sent: relay from now on. What the client has said meanwhile
 * is still unread. */
static int join(Poller *self, uint32_t place, double now) {
    Pair *pair = &self->pairs[place];
    leave_queue(self, pair);
    pair->state = OPEN;
    pair->joined_at = now;
    if (pair->again) look_later(self, place);
    return tell(self->joined, PyFloat_FromDouble(now - pair->opened_at));
}

/* Whether the connect is done: the socket can be written to. The opening goes first; a fresh
 * connection has room for it. */
static int reached(Poller *self, uint32_t place, double now) {
    Pair *pair = &self->pairs[place];
    int fd = pair->side[MEMBER].fd, error = 0;
    socklen_t length = sizeof error;
    const struct sockaddr *to = ticket_bytes(pair, 0, NULL);
    Py_ssize_t size;
    const char *opening = ticket_bytes(pair, 1, &size);
    if (size && send(fd, opening, (size_t)size, MSG_NOSIGNAL) < 0) {
        if (errno == EAGAIN) return 0;
        error = errno;
    } else if (!size && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length)) {
        error = errno;
    } else if (!error && port_of(to) >= self->first_ephemeral && is_own_address(fd, to)) {
        error = ECONNREFUSED; /* TCP lets a socket connect to itself, if it gets that port */
    }
    if (error) return hand_back(self, place, UNREACHED, MEMBER, error, NULL, 0);
    return join(self, place, now);
}

/* Begin to connect a client to the member of its ticket. Takes the descriptor and the ticket. */
static int begin(Poller *self, int client, PyObject *ticket, double now) {
    char *address;
    Py_ssize_t size;
    uint32_t place = 0;
    if (!PyTuple_Check(ticket) || PyTuple_Size(ticket) < 2) {
        PyErr_SetString(PyExc_TypeError, "a ticket is a tuple: address, opening, and more");
    } else if (!PyBytes_AsStringAndSize(PyTuple_GetItem(ticket, 0), &address, &size)
               && PyBytes_Size(PyTuple_GetItem(ticket, 1)) >= 0) {
        if ((size_t)size != sizeof(struct sockaddr_in)
            && (size_t)size != sizeof(struct sockaddr_in6))
            PyErr_SetString(PyExc_ValueError, "an address is what `address` returns");
        else if (!(place = take_place(self)))
            PyErr_NoMemory();
    }
    if (!place) {
        close(client);
        Py_DECREF(ticket);
        return -1;
    }
    Pair *pair = &self->pairs[place];
    int queued = pair->queued;
    memset(pair, 0, sizeof *pair);
    pair->queued = queued;
    pair->state = CONNECTING;
    pair->ticket = ticket;
    pair->opened_at = now;
    pair->side[CLIENT].fd = client;
    self->count++;
    join_queue(self, place);
    const struct sockaddr *to = (const void *)address;
    int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    pair->side[MEMBER].fd = fd;
    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on)
        || (connect(fd, to, (socklen_t)size) && errno != EINPROGRESS)
        || watch(self, EPOLL_CTL_ADD, client, EDGES, name_of(place, CLIENT)))
        return hand_back(self, place, UNREACHED, MEMBER, errno, NULL, 0);
    if (watch(self, EPOLL_CTL_ADD, fd, EDGES | EPOLLOUT, name_of(place, MEMBER))) {
        int error = errno;
        watch(self, EPOLL_CTL_DEL, client, 0, 0);
        return hand_back(self, place, UNREACHED, MEMBER, error, NULL, 0);
    }
    pair->watched = 1;
    /* On the own machine it is done by now, although it said "in progress". */
    return PyBytes_Size(PyTuple_GetItem(ticket, 1)) ? reached(self, place, now) : 0;
}

/* What the caller sees. */

static PyObject *host_of(const struct sockaddr_storage *address, int *port) {
    char text[INET6_ADDRSTRLEN];
    const struct sockaddr_in6 *six = (const void *)address;
    *port = port_of((const void *)address);
    if (address->ss_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, text,
                  sizeof text);
    } else if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
        inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], text, sizeof text);
    } else {
        inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
    }
    return PyUnicode_FromString(text);
}

static PyObject *poller_accept(PyObject *given, PyObject *arguments) {
    Poller *self = (Poller *)given;
    int listening, most;
    double now;
    PyObject *place, *door;
    if (!PyArg_ParseTuple(arguments, "iidOO", &listening, &most, &now, &place, &door)) return NULL;
    int taken = 0;
    for (; taken < most; taken++) {
        struct sockaddr_storage address;
        socklen_t size = sizeof address;
        int fd =
            accept4(listening, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EAGAIN || errno == EINTR)) break;
        if (fd < 0) return os_error(errno);
        int port;
        PyObject *host = host_of(&address, &port);
        PyObject *number = PyLong_FromLong(fd), *port_number = PyLong_FromLong(port);
        if (!host || !number || !port_number) {
            close(fd);
            Py_XDECREF(host);
            Py_XDECREF(number);
            Py_XDECREF(port_number);
            return NULL;
        }
        PyObject *ticket =
            PyObject_CallFunctionObjArgs(place, door, number, host, port_number, NULL);
        Py_DECREF(host);
        Py_DECREF(number);
        Py_DECREF(port_number);
        if (!ticket) return NULL; /* whom it was told to has the descriptor, or has closed it */
        if (ticket == Py_None) {
            Py_DECREF(ticket);
            continue;
        }
        if (begin(self, fd, ticket, now)) return NULL;
    }
    return PyLong_FromLong(taken);
}

/* The next of those that are not read to their end, the oldest first; `many` at most. */
static int look_again(Poller *self, uint32_t many, double now) {
    uint32_t places[MOST_EVENTS];
    if (many > self->unreads) many = self->unreads;
    memcpy(places, self->unread, many * sizeof *places);
    self->unreads -= many;
    memmove(self->unread, self->unread + many, self->unreads * sizeof *places);
    for (uint32_t number = 0; number < many; number++) {
        Pair *pair = &self->pairs[places[number]];
        int again = pair->again;
        pair->queued = 0;
        if (pair->state != OPEN) continue; /* another's, who still connects: `join` looks */
        pair->again = 0;
        for (int side = CLIENT; side <= MEMBER; side++)
            if (pair->state == OPEN && again & 1 << side
                && carry(self, places[number], side, EPOLLRDHUP, now))
                return -1;
    }
    return 0;
}

static int dispatch(Poller *self, uint64_t whose, uint32_t events, double now) {
    uint32_t place = (uint32_t)(whose >> 1);
    int side = (int)(whose & 1);
    if (place > self->used) return 0;
    Pair *pair = &self->pairs[place];
    if (pair->state == CONNECTING && side == CLIENT) {
        pair->again |= 1 << side;
        if (events & EPOLLERR) pair->failing |= 1 << side;
        return 0;
    }
    if (pair->state == CONNECTING && reached(self, place, now)) return -1;
    /* Else its end came earlier in this round, or there is room again that it never lacked. */
    if (pair->state == OPEN && events & ~(uint32_t)EPOLLOUT)
        return carry(self, place, side, events, now);
    return 0;
}

static int has_news(Poller *self) {
    return PyList_Size(self->joined) || PyList_Size(self->answered) || PyList_Size(self->ended)
           || PyList_Size(self->returned);
}

static int add_ready(PyObject *ready, int fd, uint32_t events) {
    return tell(ready, Py_BuildValue("(iI)", fd, events & 0xffff));
}

static PyObject *poller_poll(PyObject *given, PyObject *arguments) {
    Poller *self = (Poller *)given;
    double timeout_s;
    int most, many;
    struct epoll_event events[MOST_EVENTS];
    if (!PyArg_ParseTuple(arguments, "di", &timeout_s, &most)) return NULL;
    if (most < 1) most = 1;
    if (most > MOST_EVENTS) most = MOST_EVENTS;
    if (self->first) { /* the oldest connect may be over before anything else is due */
        double left_s = self->pairs[self->first].opened_at + self->connect_s - now_s();
        if (left_s < timeout_s) timeout_s = left_s;
    }
    if (self->unreads || has_news(self)) timeout_s = 0;
    /* Rounded up, as select.epoll does: a timer that is nearly due must not make us spin. */
    int timeout_ms = timeout_s <= 0    ? 0
                     : timeout_s > 1e6 ? 1000000000
                                       : (int)(timeout_s * 1000 + 0.999);
    Py_BEGIN_ALLOW_THREADS;
    many = epoll_wait(self->epoll, events, most, timeout_ms);
    Py_END_ALLOW_THREADS;
    if (many < 0 && errno != EINTR) return os_error(errno);
    if (many < 0) {
        if (PyErr_CheckSignals()) return NULL;
        many = 0;
    }
    memcpy(self->spare + self->spares, self->parted, self->parteds * sizeof *self->spare);
    self->spares += self->parteds;
    self->parteds = 0;
    PyObject *ready = PyList_New(0);
    if (!ready) return NULL;
    double now = now_s();
    if (self->unreads && look_again(self, (uint32_t)most, now)) goto failed;
    for (int number = 0; number < many; number++) {
        uint64_t whose = events[number].data.u64;
        if (whose & OF_A_PAIR) {
            if (dispatch(self, whose & ~OF_A_PAIR, events[number].events, now)) goto failed;
        } else if (add_ready(ready, (int)whose, events[number].events)) {
            goto failed;
        }
    }
    while (self->first && self->pairs[self->first].opened_at + self->connect_s <= now)
        if (hand_back(self, self->first, UNREACHED, MEMBER, ETIMEDOUT, NULL, 0)) goto failed;
    if (has_news(self)) { /* first of all: who has left makes room for who comes */
        PyObject *news = Py_BuildValue("(ii)", self->epoll, EPOLLIN);
        int unheard = !news || PyList_Insert(ready, 0, news);
        Py_XDECREF(news);
        if (unheard) goto failed;
    }
    return ready;
failed:
    Py_DECREF(ready);
    return NULL;
}

static PyObject *poller_news(PyObject *given, PyObject *Py_UNUSED(nothing)) {
    Poller *self = (Poller *)given;
    PyObject *fresh[4] = {PyList_New(0), PyList_New(0), PyList_New(0), PyList_New(0)};
    for (int number = 0; number < 4; number++)
        if (!fresh[number]) {
            for (int other = 0; other < 4; other++) Py_XDECREF(fresh[other]);
            return NULL;
        }
    PyObject *told =
        Py_BuildValue("(NNNN)", self->joined, self->answered, self->ended, self->returned);
    self->joined = fresh[0];
    self->answered = fresh[1];
    self->ended = fresh[2];
    self->returned = fresh[3];
    return told;
}

static PyObject *poller_sweep(PyObject *given, PyObject *arguments) {
    Poller *self = (Poller *)given;
    double idle_before;
    int idle_s, on = 1;
    if (!PyArg_ParseTuple(arguments, "di", &idle_before, &idle_s)) return NULL;
    for (uint32_t place = 1; place <= self->used; place++) {
        Pair *pair = &self->pairs[place];
        if (pair->state != OPEN) continue;
        double active_at =
            later(pair->opened_at, later(pair->side[CLIENT].spoke_at, pair->side[MEMBER].spoke_at));
        if (active_at < idle_before) {
            if (hand_back(self, place, IDLE, CLIENT, 0, NULL, 0)) return NULL;
        } else if (!pair->lasting) {
            int fd = pair->side[MEMBER].fd;
            pair->lasting = 1;
            setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
            setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
        }
    }
    Py_RETURN_NONE;
}

static PyObject *poller_surrender(PyObject *given, PyObject *Py_UNUSED(nothing)) {
    Poller *self = (Poller *)given;
    for (uint32_t place = 1; place <= self->used; place++)
        if (self->pairs[place].state != FREE && hand_back(self, place, STOPPED, CLIENT, 0, NULL, 0))
            return NULL;
    Py_RETURN_NONE;
}

static PyObject *poller_limit(PyObject *given, PyObject *arguments) {
    Poller *self = (Poller *)given;
    if (!PyArg_ParseTuple(arguments, "di", &self->connect_s, &self->first_ephemeral)) return NULL;
    Py_RETURN_NONE;
}

static PyObject *control(PyObject *given, PyObject *arguments, int operation) {
    Poller *self = (Poller *)given;
    int fd;
    unsigned int mask = 0;
    if (!PyArg_ParseTuple(arguments, operation == EPOLL_CTL_DEL ? "i" : "iI", &fd, &mask))
        return NULL;
    if (fd < 0) return os_error(EBADF);
    if (watch(self, operation, fd, mask, (uint64_t)fd)) return os_error(errno);
    Py_RETURN_NONE;
}

static PyObject *poller_register(PyObject *self, PyObject *arguments) {
    return control(self, arguments, EPOLL_CTL_ADD);
}

static PyObject *poller_modify(PyObject *self, PyObject *arguments) {
    return control(self, arguments, EPOLL_CTL_MOD);
}

static PyObject *poller_unregister(PyObject *self, PyObject *arguments) {
    return control(self, arguments, EPOLL_CTL_DEL);
}

static PyObject *poller_closing(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(fd)) {
    Py_RETURN_NONE;
}

static PyObject *poller_fileno(PyObject *self, PyObject *Py_UNUSED(nothing)) {
    return PyLong_FromLong(((Poller *)self)->epoll);
}

static PyObject *poller_count(PyObject *self, void *Py_UNUSED(closure)) {
    return PyLong_FromLong((long)((Poller *)self)->count);
}

static void drop(Poller *self) {
    for (uint32_t place = 1; self->pairs && place <= self->used; place++) {
        if (self->pairs[place].state == FREE) continue;
        close(self->pairs[place].side[CLIENT].fd);
        if (self->pairs[place].side[MEMBER].fd >= 0) close(self->pairs[place].side[MEMBER].fd);
        Py_DECREF(part(self, place));
        self->parteds = 0;
    }
    PyObject *told[] = {self->joined, self->answered, self->ended, self->returned};
    for (int number = 0; number < 4; number++)
        if (told[number]) PyList_SetSlice(told[number], 0, PyList_Size(told[number]), NULL);
    if (self->epoll >= 0) close(self->epoll);
    self->epoll = -1;
}

static PyObject *poller_close(PyObject *self, PyObject *Py_UNUSED(nothing)) {
    drop((Poller *)self);
    Py_RETURN_NONE;
}

static PyObject *poller_new(PyTypeObject *type, PyObject *arguments, PyObject *names) {
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    if (!PyArg_ParseTuple(arguments, "") || (names && PyDict_Size(names))) return NULL;
    Poller *self = (Poller *)allocate(type, 0);
    if (!self) return NULL;
    self->connect_s = 1;
    self->first_ephemeral = 65536;
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    self->joined = PyList_New(0);
    self->answered = PyList_New(0);
    self->ended = PyList_New(0);
    self->returned = PyList_New(0);
    if (self->epoll < 0)
        os_error(errno);
    else if (grow(self))
        PyErr_NoMemory();
    if (PyErr_Occurred()) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static void poller_dealloc(PyObject *given) {
    Poller *self = (Poller *)given;
    PyTypeObject *type = Py_TYPE(given);
    drop(self);
    Py_CLEAR(self->joined);
    Py_CLEAR(self->answered);
    Py_CLEAR(self->ended);
    Py_CLEAR(self->returned);
    free(self->pairs);
    free(self->spare);
    free(self->parted);
    free(self->unread);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(given);
    Py_DECREF(type);
}

/* The bytes of a socket address, for tickets. */
static PyObject *address_of(PyObject *Py_UNUSED(nobody), PyObject *arguments) {
    const char *host;
    int port;
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (!PyArg_ParseTuple(arguments, "si", &host, &port)) return NULL;
    if (port < 1 || port > 65535) {
        PyErr_Format(PyExc_ValueError, "%d is no port", port);
        return NULL;
    }
    four.sin_port = six.sin6_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, host, &four.sin_addr) == 1)
        return PyBytes_FromStringAndSize((const char *)&four, sizeof four);
    if (inet_pton(AF_INET6, host, &six.sin6_addr) == 1)
        return PyBytes_FromStringAndSize((const char *)&six, sizeof six);
    PyErr_Format(PyExc_ValueError, "%s is no address", host);
    return NULL;
}

static PyMethodDef poller_methods[] = {
    {"register", poller_register, METH_VARARGS, NULL},
    {"modify", poller_modify, METH_VARARGS, NULL},
    {"unregister", poller_unregister, METH_VARARGS, NULL},
    {"closing", poller_closing, METH_O, NULL},
    {"poll", poller_poll, METH_VARARGS, NULL},
    {"close", poller_close, METH_NOARGS, NULL},
    {"fileno", poller_fileno, METH_NOARGS, NULL},
    {"limit", poller_limit, METH_VARARGS, NULL},
    {"accept", poller_accept, METH_VARARGS, NULL},
    {"news", poller_news, METH_NOARGS, NULL},
    {"sweep", poller_sweep, METH_VARARGS, NULL},
    {"surrender", poller_surrender, METH_NOARGS, NULL},
    {"address", address_of, METH_VARARGS | METH_STATIC, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef poller_values[] = {
    {"count", poller_count, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot poller_slots[] = {
    {Py_tp_new, poller_new},
    {Py_tp_dealloc, poller_dealloc},
    {Py_tp_methods, poller_methods},
    {Py_tp_getset, poller_values},
    {0, NULL},
};

static PyType_Spec poller_spec = {
    .name = "holdfast.platform.balancer._fast_path.PairPoller",
    .basicsize = sizeof(Poller),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = poller_slots,
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_fast_path", NULL, -1, NULL, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__fast_path(void) {
    PyObject *module = PyModule_Create(&definition);
    if (!module) return NULL;
    PyObject *type = PyType_FromSpec(&poller_spec);
    if (!type || PyModule_AddObjectRef(module, "PairPoller", type)) {
        Py_XDECREF(type);
        Py_DECREF(module);
        return NULL;
    }
    Py_DECREF(type);
    /* Of which source it was made: a test tells whoever has changed that since. */
    if (PyModule_AddStringConstant(module, "FINGERPRINT", FINGERPRINT)) Py_CLEAR(module);
    return module;
}
