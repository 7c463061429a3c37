// A student's program for Node.js. It takes what one read returned for one message: the rest of a
// read is lost, and after half a frame it understands nothing any more. Whatever it does not
// expect, it ignores. It closes nothing and runs until it is stopped.
//
//   node student.js HOST OFFSET UID HOME SCALE TASK...
'use strict';

const dgram = require('dgram');
const net = require('net');

const [host, offsetText, uidText, home, scaleText, ...tasks] = process.argv.slice(2);
const offset = Number(offsetText);
const uid = Number(uidText);
const scale = Number(scaleText);

function chat(recipient, text) {
  const utf = Buffer.from(text, 'utf8');
  const head = Buffer.alloc(10);
  head.writeInt32BE(4, 0);
  head.writeInt32BE(recipient, 4);
  head.writeUInt16BE(utf.length, 8);
  return Buffer.concat([head, utf]);
}

function register(name = 'no.such.host.invalid', port = 73874) {
  const utf = Buffer.from(name, 'utf8');
  const head = Buffer.alloc(10);
  head.writeInt32BE(1, 0);
  head.writeInt32BE(uid, 4);
  head.writeUInt16BE(utf.length, 8);
  const tail = Buffer.alloc(4);
  tail.writeInt32BE(port);
  return Buffer.concat([head, utf, tail]);
}

function parse(buffer) {
  const type = buffer.readInt32BE(0);
  if (type === 0) {
    return { type, text: buffer.toString('utf8', 6, 6 + buffer.readUInt16BE(4)) };
  }
  if (type === 4) {
    const end = 10 + buffer.readUInt16BE(8);
    if (end > buffer.length) {
      throw new Error('half a message');
    }
    return { type, recipient: buffer.readInt32BE(4), text: buffer.toString('utf8', 10, end) };
  }
  return { type };
}

// One connection. `handle` gets what could be parsed; half a message ends all understanding.
function connect(port, hello, handle) {
  let stuck = false;
  const socket = net.connect({ host, port: port + offset, localAddress: home }, () => {
    socket.write(hello);
  });
  socket.on('error', (error) => console.log(port, String(error)));
  socket.on('data', (buffer) => {
    if (stuck) {
      return;
    }
    try {
      const message = parse(buffer);
      console.log(port, message.type, message.text);
      handle(message, socket);
    } catch (error) {
      stuck = true;
      console.log(port, 'stuck for ever:', String(error));
    }
  });
  return socket;
}

function udp(port, trigger, handle) {
  const socket = dgram.createSocket('udp4');
  const send = (text, recipient = uid) => socket.send(chat(recipient, text), port + offset, host);
  socket.on('message', (buffer) => {
    const message = parse(buffer);
    console.log(port, message.type, message.text);
    if (message.type === 4) {
      handle(message.text, send);
    }
  });
  socket.bind(0, home, () => trigger(send));
  return socket;
}

const play = {
  // 2024 assignment 1: registers and triggers in one segment; the next test when one is done.
  a1() {
    const triggers = [
      'TEST 2 OUT OF BAND PROTOCOL MESSAGE',
      'TEST 3 EXCEEDING MAX MESSAGE LENGTH',
      'TEST 4 HANDLING ERROR MESSAGE',
      'TEST 1 USER ID CORRECTNESS',
    ];
    const first = Buffer.concat([register(), chat(uid, triggers.shift())]);
    connect(4444, first, (message, socket) => {
      if (message.type !== 4) {
        return;
      }
      const long = message.text.length > 2000;
      socket.write(chat(uid, long ? String(message.text.length * 2 - 4000) : message.text));
      setTimeout(() => socket.write(chat(uid, triggers.shift())), 200);
    });
  },

  // 2025 4_1: every renewal is a new connection; the old ones stay open.
  renew() {
    const ignore = () => {};
    connect(4447, Buffer.concat([register(), chat(uid, 'TEST 4_1 RENEW LEASE')]), ignore);
    setInterval(() => connect(4447, register(), ignore), 180000 * scale);
  },

  active() {
    const trigger = chat(uid, 'TEST 3_1 SEND MESSAGE WHILE HAVING AN ACTIVE LEASE');
    connect(4446, Buffer.concat([register(), trigger]), () => {});
  },

  special() {
    special((text) => text.includes('SPECIAL MESSAGE TEST 4_2'));
  },

  // mistake: every chat goes back
  'echo-all'() {
    special(() => true);
  },

  seed() {
    connect(8080, chat(uid, `TEST 1 USER ID: ${uid}`), () => {});
  },

  // mistake: the id in the text is another one
  'seed-wrong'() {
    connect(8080, chat(uid, 'TEST 1 USER ID: 4321'), () => {});
  },

  'timestamps-2024'() {
    reorder(8008, 'TEST 3 TIMESTAMP REORDERING', sorted);
  },
  'timestamps-6_1'() {
    reorder(8008, 'TEST 6_1 TIMESTAMP REORDERING', sorted);
  },
  'timestamps-6_2'() {
    reorder(2002, 'TEST 6_2 TIMESTAMP REORDERING WHILE OFFLINE', sorted);
  },
  // mistakes: as they came; and from the second one on
  unsorted() {
    reorder(8008, 'TEST 6_1 TIMESTAMP REORDERING', (list) => list);
  },
  rotated() {
    reorder(8008, 'TEST 6_1 TIMESTAMP REORDERING', (list) => {
      const all = sorted(list);
      return [...all.slice(1), all[0]];
    });
  },

  // acts only on datagrams; what is not acknowledged goes out again after each of them
  'offline-2024'() {
    buffered('TEST 2 OFFLINE BUFFERING OF MESSAGES', false);
  },
  'offline-5_2'() {
    buffered('TEST 5_2 BUFFERED MESSAGING WHILE OFFLINE', false);
  },
  // mistake: it does not look at the notices, and sends what is open twice a second
  'sends-offline'() {
    buffered('TEST 5_2 BUFFERED MESSAGING WHILE OFFLINE', true);
  },
};

function special(mine) {
  const trigger = 'TEST 4_2 LISTEN TO INCOMING MESSAGES AND ECHO SPECIAL MESSAGE';
  connect(4447, Buffer.concat([register(), chat(uid, trigger)]), (message, socket) => {
    if (message.type === 4 && mine(message.text)) {
      socket.write(chat(uid, message.text));
    }
  });
}

const time = (text) => text.split('|')[2];
const sorted = (list) => [...list].sort((a, b) => time(a).localeCompare(time(b)));

// After 1.2 s of silence the whole list, and again every second until there is a verdict.
function reorder(port, trigger, arrange) {
  const list = [];
  let online = true;
  let again = null;
  let silence = null;
  udp(port, (send) => send(trigger), (text, send) => {
    if (text.includes('SUCCESSFULLY PASSED') || text.includes('FAILED')) {
      clearInterval(again);
      clearTimeout(silence);
      return;
    }
    if (text.includes('Offline')) {
      online = false;
    } else if (text.includes('Online')) {
      online = true;
    } else {
      list.push(text);
    }
    const sendAll = () => online && arrange(list).forEach((each) => send(each));
    if (again === null) {
      clearTimeout(silence);
      silence = setTimeout(() => {
        if (online && list.length > 0) {
          sendAll();
          again = setInterval(sendAll, 1000);
        }
      }, 1200);
    }
  });
}

function buffered(trigger, careless) {
  const open = new Set();
  let online = true;
  let timer = null;
  udp(7007, (send) => send(trigger), (text, send) => {
    if (text.includes(trigger) || text.includes('SUCCESSFULLY PASSED')) {
      clearInterval(timer);
      return;
    }
    if (text.startsWith('Acknowledged message: ')) {
      open.delete(text.slice('Acknowledged message: '.length));
    } else if (text.includes('Offline')) {
      online = false;
    } else if (text.includes('Online')) {
      online = true;
    } else {
      open.add(text);
    }
    if (careless && timer === null) {
      timer = setInterval(() => open.forEach((each) => send(each)), 500);
    } else if (online) {
      open.forEach((each) => send(each));
    }
  });
}

tasks.forEach((task) => play[task]());
setInterval(() => {}, 1000);
