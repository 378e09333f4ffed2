// One end of a bulk transfer by libdatachannel, with its default settings: what bench/bulk.cpp does with Sluice.
//
// usage: node libdatachannel.mjs <descriptor of lines of JSON>
// The first line is {"role": "first" or "second", "parameters": see bulk.cpp}. Then descriptions, as
// bench/signaling.cpp has them; then the second end says {} when its window of time opens, and what came in it. Ends
// with the lines.
import net from 'node:net';
import nodeDataChannel from 'node-datachannel';

// libdatachannel queues what usrsctp has not taken; that must never run dry between two turns of this loop.
const highWater = 8 * 1024 * 1024;
const lowWater = 4 * 1024 * 1024;

// A channel ends when its object is collected, and callbacks alone do not keep it.
const channels = [];

const socket = new net.Socket({ fd: Number(process.argv[2]), readable: true, writable: true });
const waiting = [];
const lines = [];
let rest = '';
socket.on('data', (data) => {
  const parts = (rest + data).split('\n');
  rest = parts.pop();
  for (const part of parts) {
    const reader = waiting.shift();
    if (reader) reader(JSON.parse(part));
    else lines.push(JSON.parse(part));
  }
});
socket.on('close', () => process.exit(0));
socket.on('error', () => process.exit(0));

const send = (message) => socket.write(JSON.stringify(message) + '\n');
const receive = () => (lines.length > 0 ? lines.shift() : new Promise((resolve) => waiting.push(resolve)));
const seconds = () => Number(process.hrtime.bigint()) / 1e9;
const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time * 1e3));

// Candidates travel inside the descriptions. Gathering goes on in a thread of its own, and may be over by now.
async function describe(connection) {
  await new Promise((resolve) => {
    connection.onGatheringStateChange((state) => {
      if (state === 'complete') resolve();
    });
    if (connection.gatheringState() === 'complete') resolve();
  });
  return connection.localDescription();
}

// The end that offers goes on to DTLS also before it has the answer, and then fails for want of a fingerprint. So the
// other end leaves it to find the way, which it does not before it has the answer.
const withoutCandidates = (sdp) => sdp.replace(/^a=(candidate:.*|end-of-candidates)\r?\n/gm, '');

function pump(channel, size) {
  const message = Buffer.alloc(size, 0x5a);
  const fill = () => {
    while (channel.bufferedAmount() < highWater) channel.sendMessageBinary(message);
  };
  channel.setBufferedAmountLowThreshold(lowWater);
  channel.onBufferedAmountLow(fill);
  fill();
}

async function sendBulk(connection, parameters) {
  const channel = connection.createDataChannel('bulk', { unordered: parameters.ordered === false });
  channels.push(channel);
  channel.onOpen(() => pump(channel, parameters.size));
  send(await describe(connection));
  const answer = await receive();
  connection.setRemoteDescription(answer.sdp, answer.type);
}

async function receiveBulk(connection, parameters) {
  let bytes = 0;
  let messages = 0;
  let start = 0;
  let last = 0;
  let longestGap = 0;
  let begin;
  const begun = new Promise((resolve) => (begin = resolve));
  connection.onDataChannel((channel) => {
    channels.push(channel);
    channel.onMessage((message) => {
      if (messages === 0) begin();
      const now = seconds();
      longestGap = Math.max(longestGap, now - last);
      last = now;
      bytes += message.length ?? message.byteLength;
      ++messages;
    });
  });
  const described = describe(connection);
  const offer = await receive();
  connection.setRemoteDescription(withoutCandidates(offer.sdp), offer.type);
  send(await described);
  await begun;
  await sleep(parameters.warm_up ?? 0.2);
  send({});
  bytes = messages = longestGap = 0;
  start = last = seconds();
  const cpu = process.cpuUsage();
  await sleep(parameters.window ?? 1);
  const now = seconds();
  const { user, system } = process.cpuUsage(cpu);
  send({
    bytes,
    messages,
    seconds: now - start,
    cpu: (user + system) / 1e6,
    longest_gap: Math.max(longestGap, now - last),
  });
}

const task = await receive();
const connection = new nodeDataChannel.PeerConnection(task.role, { iceServers: [], bindAddress: '127.0.0.1' });
await (task.role === 'first' ? sendBulk : receiveBulk)(connection, task.parameters);
