"""What crosses a device of a host: STUN and DTLS, with the time of each packet and with what they carry."""
import socket
import struct
import threading
import time

OUTGOING = 4  # linux/if_packet.h
ALL_PROTOCOLS = 3  # linux/if_ether.h
UDP, UDP_HEADER = 17, 8
DNS = {53, 5353}  # ports
STUN = {0x0001: "request", 0x0101: "response", 0x0111: "error response", 0x0011: "indication"}
USE_CANDIDATE, DTLS_IN_STUN = 0x0025, 0xC070
RECORDS = {20: "ChangeCipherSpec", 21: "alert", 22: "handshake", 23: "data"}
MESSAGES = {1: "ClientHello", 2: "ServerHello", 3: "HelloVerifyRequest", 11: "Certificate", 12: "ServerKeyExchange",
            13: "CertificateRequest", 14: "ServerHelloDone", 15: "CertificateVerify", 16: "ClientKeyExchange"}


class Trace:
    def __init__(self, host, device="eth0"):
        with host.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
            self._socket.bind((device, ALL_PROTOCOLS))
        self._socket.settimeout(0.1)
        self._packets, self._ended = [], False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._ended:
            try:
                packet, address = self._socket.recvfrom(65536)
            except TimeoutError:
                continue
            if payload := udp_payload(packet):
                self._packets.append((time.monotonic(), "->" if address[2] == OUTGOING else "<-", described(payload)))

    def story(self, begin, unit):
        """A line for each packet; times are in units since the beginning."""
        return "\n".join(f"{(at - begin) / unit:7.2f} {way} {what}" for at, way, what in self._packets)

    def close(self):
        self._ended = True
        self._thread.join()
        self._socket.close()


def udp_payload(packet):
    """Of an IPv4 packet, if it is not of DNS."""
    header = 4 * (packet[0] & 15)
    if packet[0] >> 4 != 4 or packet[9] != UDP or DNS & set(struct.unpack_from("!HH", packet, header)):
        return None
    return packet[header + UDP_HEADER:]


def described(payload):
    kind = struct.unpack_from("!H", payload)[0] if len(payload) >= 20 else None
    if kind not in STUN:
        return records(payload)
    words = ["STUN", STUN[kind]]
    for attribute, value in attributes(payload):
        if attribute == USE_CANDIDATE:
            words.append("nominates")
        if attribute == DTLS_IN_STUN:
            words.append(f"[{records(value)}]")
    return " ".join(words)


def attributes(message):
    at = 20
    while at + 4 <= len(message):
        kind, size = struct.unpack_from("!HH", message, at)
        yield kind, message[at + 4:at + 4 + size]
        at += 4 + (size + 3) // 4 * 4


def records(payload):
    """DTLS 1.2 as RFC 6347 has it; the sizes are those of the records."""
    words, at = [], 0
    while at + 13 <= len(payload):
        kind, epoch, size = payload[at], *struct.unpack_from("!H6xH", payload, at + 3)
        name = RECORDS.get(kind, f"record {kind}")
        if kind == 22 and at + 13 < len(payload):
            name = MESSAGES.get(payload[at + 13], name) if epoch == 0 else "Finished"
        words.append(f"{name} {size}")
        at += 13 + size
    return ", ".join(words) or f"{len(payload)} bytes"
