import { once } from "node:events";
import { connect as connectTcp, isIP } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { FieldsealError } from "@fieldseal/sdk";

/** What TLS needs beside the machine's own authorities. */
export type BrokerTls = {
  /** Certificates in PEM to trust instead. */
  readonly ca?: string;
};

const ports: Readonly<Record<string, number>> = {
  "mqtt:": 1883,
  "tcp:": 1883,
  "mqtts:": 8883,
  "ssl:": 8883,
  "tls:": 8883,
};

/** Whether a broker is reached by WebSocket, which cannot be told to stop reading. */
export function isWebSocket(url: string): boolean {
  return /^wss?:$/.test(new URL(url).protocol);
}

/**
 * A byte stream to a broker: TCP (mqtt, tcp), TLS (mqtts, ssl, tls) or WebSocket (ws, wss).
 * @param signal Ends the attempt
 * @throws MQTT_CONNECT for another protocol; the stream's own error if nobody answers
 */
export async function openStream(
  url: string,
  tls: BrokerTls,
  signal: AbortSignal,
): Promise<Duplex> {
  const { protocol, hostname, port } = new URL(url);
  if (isWebSocket(url)) return webSocketStream(url, signal);
  const standard = ports[protocol];
  if (standard === undefined) {
    throw new FieldsealError("MQTT_CONNECT", `No broker is reached by ${protocol}//`);
  }
  const host = hostname.replace(/^\[|\]$/g, "");
  const target = { host, port: port === "" ? standard : Number(port) };
  const isTls = standard === 8883;
  // RFC 6066 section 3: no address as a server's name. The certificate is held against the host all the same.
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket = isTls ? connectTls({ ...name, ...tls, ...target }) : connectTcp(target);
  socket.setNoDelay(true);
  try {
    await once(socket, isTls ? "secureConnect" : "connect", { signal });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return socket;
}

async function webSocketStream(url: string, signal: AbortSignal): Promise<Duplex> {
  const address = new URL(url);
  address.username = "";
  address.password = "";
  const socket = new WebSocket(address, "mqtt");
  socket.binaryType = "arraybuffer";
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      socket.send(Uint8Array.from(chunk));
      done();
    },
    final(done) {
      socket.close();
      done();
    },
    destroy(error, done) {
      socket.close();
      done(error);
    },
  });
  socket.addEventListener("message", ({ data }) => {
    if (data instanceof ArrayBuffer) stream.push(Buffer.from(data));
    else stream.destroy(new Error("The broker sent text."));
  });
  socket.addEventListener("close", () => stream.destroy());
  await new Promise<void>((resolve, reject) => {
    const fail = () => {
      stream.destroy();
      reject(new Error("No WebSocket to the broker."));
    };
    signal.addEventListener("abort", fail, { once: true });
    socket.addEventListener("error", fail, { once: true });
    const succeed = () => {
      // The signal ends the attempt, not what came of it.
      signal.removeEventListener("abort", fail);
      resolve();
    };
    socket.addEventListener("open", succeed, { once: true });
  });
  return stream;
}
