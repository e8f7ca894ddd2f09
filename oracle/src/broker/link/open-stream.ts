import { once } from "node:events";
import { connect as connectTcp } from "node:net";
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
  if (protocol === "ws:" || protocol === "wss:") return webSocketStream(url, signal);
  const standard = ports[protocol];
  if (standard === undefined) {
    throw new FieldsealError("MQTT_CONNECT", `No broker is reached by ${protocol}//`);
  }
  const host = hostname.replace(/^\[|\]$/g, "");
  const target = { host, port: port === "" ? standard : Number(port) };
  const isTls = standard === 8883;
  const socket = isTls ? connectTls({ servername: host, ...tls, ...target }) : connectTcp(target);
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
    socket.addEventListener("open", () => resolve(), { once: true });
  });
  return stream;
}
