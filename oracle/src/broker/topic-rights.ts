import { type DeviceId, type ParsedTopic, parseTopic, permissions } from "@fieldseal/sdk";
import type { AccessRights } from "../access/types.ts";
import type { DeviceDirectory, Hex } from "../chain/types.ts";

export type TopicRights = {
  mayPublish(who: Hex, topic: string): boolean;
  maySubscribe(who: Hex, topic: string): boolean;
};

type Topic = Exclude<ParsedTopic, { readonly marketKind: string }>;

const { READ, COMMAND, CONFIGURE, MAINTAIN } = permissions;
/** What lets one send commands at all; each command says which of them it needs, and the device checks that. */
const commanding = [COMMAND, CONFIGURE, MAINTAIN];

/**
 * What each topic is open to (docs/protocol.md, Topics): a device's own topics to itself, its words to who may read,
 * its command topic to who may command, market topics to active devices. Anything else is closed; so is every filter
 * with a wildcard, for it is no topic.
 */
export function createTopicRights(
  devices: DeviceDirectory,
  rights: AccessRights,
  prefix: string,
): TopicRights {
  const isActive = (who: Hex) => {
    const active = devices.lookup(who)?.status === "active";
    return active && (devices.newest(who)?.status ?? "active") === "active";
  };
  const mayCommand = (device: DeviceId, who: Hex) =>
    isActive(device) && commanding.some((bit) => rights.holds(device, who, bit) !== undefined);
  const mayRead = (device: DeviceId, who: Hex) => rights.holds(device, who, READ) !== undefined;

  // An account has no topics: what it kept there would be as much as there are accounts, and they cost nothing.
  const isItself = (device: DeviceId, who: Hex) =>
    who === device && devices.lookup(device) !== undefined;

  const mayPublishTo = ({ device, leaf }: Topic, who: Hex): boolean => {
    switch (leaf) {
      case "up":
      case "state":
        return isItself(device, who);
      case "command":
        return mayCommand(device, who);
      case "market":
        return isActive(who) && isActive(device);
      case "receipt":
        return false;
    }
  };

  const maySubscribeTo = ({ device, leaf }: Topic, who: Hex): boolean => {
    switch (leaf) {
      case "receipt":
      case "command":
      case "market":
        return isItself(device, who);
      case "up":
        return mayRead(device, who);
      case "state":
        return mayRead(device, who) || mayCommand(device, who);
    }
  };

  return {
    mayPublish(who, name) {
      const topic = parseTopic(prefix, name);
      if (topic === undefined) return false;
      return "marketKind" in topic ? isActive(who) : mayPublishTo(topic, who);
    },
    maySubscribe(who, name) {
      const topic = parseTopic(prefix, name);
      if (topic === undefined) return false;
      return "marketKind" in topic ? isActive(who) : maySubscribeTo(topic, who);
    },
  };
}
