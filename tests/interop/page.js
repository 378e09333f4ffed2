// Many RTCPeerConnections, one per session, driven by commands from browser.py and reporting to it.
// Commands come as server-sent events; events go back in order, several per POST.
'use strict';

const Reporter = {
  queue: [],
  busy: false,
  async report(event) {
    this.queue.push(event);
    if (this.busy) return;
    this.busy = true;
    while (this.queue.length) await fetch('/events', {method: 'POST', body: JSON.stringify(this.queue.splice(0))});
    this.busy = false;
  },
};

const hex = buffer => Array.from(new Uint8Array(buffer), byte => byte.toString(16).padStart(2, '0')).join('');
const sha256 = async bytes => hex(await crypto.subtle.digest('SHA-256', bytes));
const from_base64 = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const to_base64 = bytes => btoa(String.fromCharCode(...bytes));
const defined = object => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== null));

function concatenate(pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

class Channel {
  constructor(session, channel, remote) {
    this.session = session;
    this.channel = channel;
    this.label = channel.label;
    this.greeting = remote ? undefined : session.options.greeting;
    this.echoing = remote || (channel.negotiated && session.options.role === 'answerer');
    this.kept = [];
    this.expected = Infinity;
    this.reports = Promise.resolve();
    channel.binaryType = 'arraybuffer';
    channel.onmessage = event => this.receive(event.data);
    channel.onopen = () => this.opened();
    channel.onclosing = () => this.emit({type: 'closing'});
    channel.onclose = () => this.emit({type: 'closed'});
    channel.onerror = ({error}) => this.emit({type: 'channel-error', message: error.message, detail: error.errorDetail,
                                              cause: error.sctpCauseCode});
    if (channel.readyState === 'open') this.opened();
  }
  emit(event) {
    this.reports = this.reports.then(async () => this.session.emit({label: this.label, ...await event}));
  }
  opened() {
    if (this.was_open) return;
    this.was_open = true;
    if (this.greeting) this.channel.send(this.greeting);
    this.emit({type: 'open', id: this.channel.id});
  }
  receive(data) {
    const text = typeof data === 'string';
    const bytes = text ? new TextEncoder().encode(data) : new Uint8Array(data);
    if (this.label.startsWith('sink')) return this.keep(bytes);
    if (this.echoing) this.channel.send(data);
    if (this.echoing && this.label.startsWith('echo')) return;
    this.emit(this.described(text, data, bytes));
  }
  async described(text, data, bytes) {
    const event = {type: 'message', kind: text ? 'text' : 'binary', size: bytes.length, sha256: await sha256(bytes)};
    if (bytes.length <= 4096) Object.assign(event, text ? {text: data} : {base64: to_base64(bytes)});
    return event;
  }
  keep(bytes) {
    this.kept.push(bytes);
    this.check_expected();
  }
  expect(bytes) {
    this.expected = bytes;
    this.check_expected();
  }
  check_expected() {
    if (this.kept.reduce((sum, piece) => sum + piece.length, 0) < this.expected) return;
    const pieces = this.kept.splice(0);
    const whole = concatenate(pieces);
    this.expected = Infinity;
    this.emit((async () => ({type: 'digest', messages: pieces.length, bytes: whole.length, sha256: await sha256(whole)}))());
  }
  // Sends a file of the driver's in pieces, without overfilling the channel.
  async send_payload(name, size) {
    const bytes = new Uint8Array(await (await fetch('/payload/' + name)).arrayBuffer());
    this.channel.bufferedAmountLowThreshold = 1 << 18;
    for (let at = 0; at < bytes.length; at += size) {
      if (this.channel.bufferedAmount > 1 << 20) await new Promise(low => { this.channel.onbufferedamountlow = low; });
      this.channel.send(bytes.subarray(at, at + size));
    }
    this.emit({type: 'sent', bytes: bytes.length});
  }
}

class Session {
  constructor(id, options) {
    this.id = id;
    this.options = options;
    this.channels = new Map();
    this.commands = Promise.resolve();
    this.connection = new RTCPeerConnection(defined({bundlePolicy: options.bundlePolicy,
                                                   iceServers: options.iceServers,
                                                   iceTransportPolicy: options.iceTransportPolicy}));
    this.listen(this.connection);
    this.emit({type: 'ready', impl: navigator.userAgent});
  }
  emit(event) {
    Reporter.report({session: this.id, ...event});
  }
  listen(connection) {
    const state = (what, member) => () => this.emit({type: 'state', what, value: connection[member]});
    connection.oniceconnectionstatechange = state('ice', 'iceConnectionState');
    connection.onconnectionstatechange = state('connection', 'connectionState');
    connection.onsignalingstatechange = state('signaling', 'signalingState');
    connection.onicegatheringstatechange = state('gathering', 'iceGatheringState');
    connection.onicecandidate = ({candidate}) => this.gathered(candidate);
    connection.ondatachannel = ({channel}) => {
      const {label, protocol, ordered, maxRetransmits, maxPacketLifeTime, id} = channel;
      this.emit({type: 'channel', label, protocol, ordered, maxRetransmits, maxPacketLifeTime, id});
      this.channels.set(label, new Channel(this, channel, true));
    };
  }
  gathered(candidate) {
    if (!this.options.trickle) return;
    if (!candidate) this.emit({type: 'candidates-end'});
    else if (candidate.candidate) this.emit({type: 'candidate', ...candidate.toJSON()});
  }
  async describe(description) {
    await this.connection.setLocalDescription(description);
    if (!this.options.trickle) await this.complete();
    const {type, sdp} = this.connection.localDescription;
    this.emit({type, sdp});
  }
  complete() {
    return new Promise(done => {
      const check = () => this.connection.iceGatheringState === 'complete' && done();
      this.connection.addEventListener('icegatheringstatechange', check);
      check();
    });
  }
  open({label, ordered, maxRetransmits, maxPacketLifeTime, protocol, negotiated, id}) {
    const init = defined({ordered, maxRetransmits, maxPacketLifeTime, protocol, negotiated, id});
    this.channels.set(label, new Channel(this, this.connection.createDataChannel(label, init), false));
  }
  add_media(kinds = []) {
    for (const kind of kinds) this.connection.addTransceiver(kind, {direction: 'recvonly'});
  }
  async stats() {
    const all = [...(await this.connection.getStats()).values()];
    const transport = all.find(entry => entry.type === 'transport') ?? {};
    const pair = all.find(entry => entry.id === transport.selectedCandidatePairId) ??
        all.find(entry => entry.type === 'candidate-pair' && entry.selected);  // Firefox
    const side = id => all.find(entry => entry.id === id);
    this.emit({type: 'stats', transport, pair, local: side(pair?.localCandidateId), remote: side(pair?.remoteCandidateId)});
  }
  async run(command) {
    const connection = this.connection;
    switch (command.type) {
      case 'start':
        this.add_media(this.options.media);
        this.open({label: this.options.label ?? 'first'});
        return this.describe(await connection.createOffer());
      case 'renegotiate':
        this.add_media(command.media);
        return this.describe(await connection.createOffer());
      case 'restart-ice':
        return this.describe(await connection.createOffer({iceRestart: true}));
      case 'offer':
        await connection.setRemoteDescription(command);
        return this.describe(await connection.createAnswer());
      case 'answer': return connection.setRemoteDescription(command);
      case 'candidate': return connection.addIceCandidate(defined(command));
      case 'candidates-end': return connection.addIceCandidate();
      case 'open-channel': return this.open(command);
      case 'send': return this.channels.get(command.label).channel.send(command.text ?? from_base64(command.base64));
      case 'send-payload': return void this.channels.get(command.label).send_payload(command.payload, command.size);
      case 'expect': return this.channels.get(command.label).expect(command.bytes);
      case 'close-channel': return this.channels.get(command.label).channel.close();
      case 'stats': return this.stats();
      case 'close':
        connection.close();
        this.emit({type: 'bye'});
        return sessions.delete(this.id);
      default: throw new Error('unknown command');
    }
  }
  handle(command) {
    const failed = error => this.emit({type: 'error', where: command.type, message: String(error)});
    this.commands = this.commands.then(() => this.run(command)).catch(failed);
  }
}

const sessions = new Map();
new EventSource('/commands').onmessage = ({data}) => {
  const {session, ...command} = JSON.parse(data);
  if (command.type === 'new') sessions.set(session, new Session(session, command.options));
  else sessions.get(session)?.handle(command);
};
addEventListener('unhandledrejection', ({reason}) => Reporter.report({type: 'page-error', message: String(reason)}));
addEventListener('error', ({message}) => Reporter.report({type: 'page-error', message}));
