import { setTimeout as pause } from "node:timers/promises";
import { type DeviceId, decodeReceipt, topicsOf } from "@fieldseal/sdk";
import type { MqttClient } from "mqtt";
import { isAcknowledged, isGranted, logIn, type Target } from "./burglar.ts";
import { type Door, type OwnDevice, tokenOf } from "./login-doors.ts";

export type TopicDoorsOptions = {
  readonly target: Target;
  readonly nowS: () => number;
  readonly own: OwnDevice;
  readonly victim: DeviceId;
  /** The victim's key, by which the doctor sees what reaches it. */
  readonly witness: OwnDevice | undefined;
  /** How long what must not arrive is waited for, milliseconds. */
  readonly waitMs: number;
};

/** Tries, as a device with a login of its own, to listen to everybody and to speak as another. */
export async function tryTopics(options: TopicDoorsOptions): Promise<Door[]> {
  return [...(await trySubscriptions(options)), ...(await tryMessages(options))];
}

const entering = async ({ target, nowS }: TopicDoorsOptions, who: OwnDevice, willTopic?: string) =>
  logIn(target, {
    clientId: who.id,
    token: await tokenOf(who, target.audience, nowS()),
    ...(willTopic === undefined ? {} : { will: { topic: willTopic, payload: marker } }),
  });

const marker = "fieldseal doctor: this must not arrive";

async function trySubscriptions(options: TopicDoorsOptions): Promise<Door[]> {
  const { target, victim, own } = options;
  const { prefix } = target;
  const { command, receipt, up } = topicsOf(prefix, victim);
  const filters = ["#", "$SYS/#", "$share/doctor/#", `${prefix}/+/up`, `${prefix}/${own.id}/#`];
  const doors: Door[] = [];
  for (const filter of [...filters, command, receipt, up]) {
    const client = await entering(options, own);
    const isOpen = await isGranted(client, filter);
    client.end(true);
    const name = `subscribe ${filter.replace(victim, "ANOTHER").replace(own.id, "OWN")}`;
    doors.push(
      isOpen
        ? { name, state: "OPEN", found: "granted" }
        : { name, state: "shut", found: "refused" },
    );
  }
  return doors;
}

/** Collects what reaches the witness and can only be of the doctor's making. */
async function listen(options: TopicDoorsOptions, witness: OwnDevice) {
  const { command, receipt } = topicsOf(options.target.prefix, witness.id);
  const client = await entering(options, witness);
  let arrived = 0;
  client.on("message", (topic, payload) => {
    if (isForged(topic === receipt, payload)) arrived += 1;
  });
  await client.subscribeAsync([command, receipt], { qos: 1 });
  return { client, takeArrived: () => arrived > 0 };
}

/** The oracle refuses the marker as a message under the witness's name, or the marker came itself. */
function isForged(isReceipt: boolean, payload: Uint8Array): boolean {
  if (Buffer.from(payload).toString("utf8") === marker) return true;
  if (!isReceipt) return false;
  try {
    const receipt = decodeReceipt(payload);
    return receipt.t === "refused" && receipt.sequence === undefined;
  } catch {
    return false;
  }
}

type Attack = {
  readonly name: string;
  readonly run: (attacker: MqttClient) => Promise<boolean>;
  readonly willTopic?: string;
  /** Only a subscription made afterwards shows whether it was kept. */
  readonly later?: boolean;
};

function attacksOn(victim: DeviceId, prefix: string): Attack[] {
  const { up, command, receipt } = topicsOf(prefix, victim);
  const send = (topic: string, retain = false) => ({
    run: (attacker: MqttClient) => isAcknowledged(attacker, topic, marker, retain),
  });
  return [
    { name: "publish on another's up", ...send(up) },
    { name: "publish on another's command", ...send(command) },
    { name: "publish on another's receipt", ...send(receipt) },
    { name: "leave a retained command for another", ...send(command, true), later: true },
    {
      name: "leave a will on another's command",
      willTopic: command,
      async run(attacker) {
        attacker.stream.destroy();
        return true;
      },
    },
  ];
}

async function judge(
  options: TopicDoorsOptions,
  { name, run, willTopic, later }: Attack,
): Promise<Door> {
  const { own, witness, waitMs } = options;
  let listening = witness && !later ? await listen(options, witness) : undefined;
  const attacker = await entering(options, own, willTopic).catch((error: unknown) => {
    if (willTopic === undefined) throw error;
  });
  const wasTaken = attacker !== undefined && (await run(attacker));
  if (witness && later) listening = await listen(options, witness);
  if (listening !== undefined) await pause(waitMs);
  const hasArrived = listening?.takeArrived() === true;
  attacker?.end(true);
  listening?.client.end(true);
  if (hasArrived) return { name, state: "OPEN", found: "it arrived" };
  if (!wasTaken) return { name, state: "shut", found: "refused" };
  if (witness !== undefined) return { name, state: "shut", found: "passed to nobody" };
  return { name, state: "unclear", found: "acknowledged; --other-key shows whether it arrives" };
}

async function tryMessages(options: TopicDoorsOptions): Promise<Door[]> {
  const doors: Door[] = [];
  for (const attack of attacksOn(options.victim, options.target.prefix)) {
    doors.push(await judge(options, attack));
  }
  return doors;
}
