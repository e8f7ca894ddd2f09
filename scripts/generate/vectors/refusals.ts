import { deviceIdOf, fromHex, hex, protectedHeader, utf8 } from "@fieldseal/sdk";
import { vectorSigner } from "./identities.ts";

/** A body or message that must be refused, and with which code. */
export type RefusalVector = {
  readonly name: string;
  readonly code: string;
} & (
  | { readonly body: string }
  | { readonly jsonBody: string }
  | { readonly message: string }
  | { readonly jsonMessage: string }
);

const salt = "50000102030405060708090a0b0c0d0e0f";
const body = (pack: string) => `0x82${salt}${pack}`;
const record = (fields: string) => body(`81${fields}`);
/** {0: "a", 2: …}: a record named a with a value. */
const value = (cbor: string) => record(`a200616102${cbor}`);
const json = (records: string) =>
  `{"salt":"0x000102030405060708090a0b0c0d0e0f","senml":[${records}]}`;

const bodies: readonly (readonly [string, string, string])[] = [
  ["nested five deep", "BODY_NESTING", record("a300616102001863818100")],
  ["array of indefinite length", "BODY_INDEFINITE", body("9fa20061610200ff")],
  ["map of indefinite length", "BODY_INDEFINITE", record("bf0061610200ff")],
  ["text of indefinite length", "BODY_INDEFINITE", record("a2007f6161ff0200")],
  ["the same label twice", "BODY_DUPLICATE_KEY", record("a300616102000201")],
  ["the same unknown label twice", "BODY_DUPLICATE_KEY", record("a40061610200617800617801")],
  ["bytes after the body", "TRAILING_BYTES", `${value("00")}00`],
  ["integer 1 in two bytes", "BODY_NON_MINIMAL", value("1801")],
  ["length 1 in two bytes", "BODY_NON_MINIMAL", record("a2007801610200")],
  ["bignum with a leading zero", "BODY_NON_MINIMAL", value("c24900ffffffffffffffff")],
  ["bignum that an integer holds", "BODY_NON_MINIMAL", value("c24101")],
  ["half float", "BODY_FLOAT", value("f93c00")],
  ["double float", "BODY_FLOAT", value("fb3ff0000000000000")],
  ["cut short", "BODY_MALFORMED", record("a2006161")],
  ["text that is not UTF-8", "BODY_MALFORMED", record("a20061ff0200")],
  ["undefined", "BODY_MALFORMED", value("f7")],
  ["a date tag", "BODY_TAG", value("c100")],
  ["decimal fraction of three", "BODY_TAG", value("c483000000")],
  ["a map for a body", "BODY_STRUCTURE", "0xa0"],
  ["salt of 15 bytes", "BODY_STRUCTURE", `0x824f${"00".repeat(15)}81a20061610200`],
  ["key that is bytes", "BODY_STRUCTURE", record("a1410000")],
  ["no record", "SENML_EMPTY", body("80")],
  ["65 records", "SENML_TOO_MANY_RECORDS", body(`9841${"a20061610200".repeat(65)}`)],
  ["record that is an array", "SENML_FIELD", record("8100")],
  ["name that is a number", "SENML_FIELD", record("a200010200")],
  ["text label for a known field", "SENML_FIELD", record("a36176000061610200")],
  ["unknown field to be understood", "SENML_UNKNOWN_FIELD", record("a3006161020062785f00")],
  ["version 11", "SENML_VERSION", record("a3200b0061610200")],
  ["no name", "SENML_NAME", record("a10200")],
  ["name with a slash", "SENML_NAME", record("a20063612f620200")],
  ["name that begins with a dot", "SENML_NAME", record("a200622e610200")],
  ["unit with a space", "SENML_UNIT", record("a30061610161200200")],
  ["metric of 32 bytes", "METRIC_TOO_LONG", record(`a2007820${"61".repeat(32)}0200`)],
  ["no value", "SENML_NO_VALUE", record("a1006161")],
  ["a sum", "SENML_SUM", record("a20061610500")],
  ["a base sum", "SENML_SUM", record("a325000061610200")],
  ["two values", "SENML_TWO_VALUES", record("a3006161020004f5")],
  ["a time beyond 64 bits of milliseconds", "SENML_TIME", record("a3006161020006c482121a3b9aca00")],
  ["10^59", "VALUE_RANGE", value("c482183b01")],
  ["10^-19", "VALUE_PRECISION", value("c4823201")],
];

const jsonBodies: readonly (readonly [string, string, string])[] = [
  ["the same key twice", "BODY_DUPLICATE_KEY", json('{"n":"a","v":1,"v":2}')],
  ["the same escaped key twice", "BODY_DUPLICATE_KEY", json('{"n":"a","v":1,"\\u0076":2}')],
  ["nested five deep", "BODY_NESTING", json('{"n":"a","v":1,"x":[[1]]}')],
  ["number with a leading zero", "JSON_SYNTAX", json('{"n":"a","v":01}')],
  ["lone surrogate", "JSON_SYNTAX", json('{"n":"a","vs":"\\ud800"}')],
  ["line break in a text", "JSON_SYNTAX", json('{"n":"a","vs":"\n"}')],
  ["text after the body", "TRAILING_BYTES", `${json('{"n":"a","v":1}')}]`],
  ["another member", "BODY_STRUCTURE", `${json('{"n":"a","v":1}').slice(0, -1)},"x":0}`],
  ["no salt", "BODY_STRUCTURE", '{"senml":[{"n":"a","v":1}]}'],
  ["value in quotes", "SENML_FIELD", json('{"n":"a","v":"1"}')],
  ["padded base64", "SENML_FIELD", json('{"n":"a","vd":"AA=="}')],
  ["unknown field to be understood", "SENML_UNKNOWN_FIELD", json('{"n":"a","v":1,"x_":0}')],
  ["more than 18 places", "VALUE_PRECISION", json('{"n":"a","v":1.0000000000000000001}')],
  ["a value that does not fit", "VALUE_RANGE", json('{"n":"a","v":1e60}')],
  ["null for a value", "SENML_FIELD", json('{"n":"a","v":null}')],
];

/** Bodies and messages that every implementation refuses. */
export function refusalVectors(): RefusalVector[] {
  return [
    ...bodies.map(([name, code, hexBody]) => ({ name, code, body: hexBody })),
    ...jsonBodies.map(([name, code, jsonBody]) => ({ name, code, jsonBody })),
    ...messages(),
    ...jsonMessages(),
  ];
}

function messages(): RefusalVector[] {
  const device = deviceIdOf(vectorSigner(2, "first").signer.publicKey);
  const header = hex(protectedHeader(2, device, 0, 1n)).slice(2);
  const root = "00".repeat(32);
  const signature = "00".repeat(64);
  const content = value("00").slice(2);
  const bstr = `58${(content.length / 2).toString(16).padStart(2, "0")}${content}`;
  const tail = `5820${root}5840${signature}`;
  const good = `0xd2845838${header}a13a00010001${bstr}${tail}`;
  const cases: readonly (readonly [string, string, string])[] = [
    ["over 8 KiB", "MESSAGE_TOO_LARGE", `0xd2${"00".repeat(8192)}`],
    ["empty", "MESSAGE_ENCODING", "0x"],
    ["untagged COSE_Sign1", "MESSAGE_ENCODING", `0x${good.slice(4)}`],
    ["RS256 for an algorithm", "MESSAGE_TEMPLATE", good.replace("a40126", "a40125")],
    [
      "another content type",
      "MESSAGE_TEMPLATE",
      good.replace(hex(utf8("fieldseal/1")).slice(2), hex(utf8("fieldseal/2")).slice(2)),
    ],
    ["no body", "MESSAGE_TEMPLATE", `0xd2845838${header}a0${tail}`],
    ["two unprotected labels", "MESSAGE_TEMPLATE", good.replace("a13a00010001", "a23a00010001")],
    [
      "body that is a text",
      "MESSAGE_TEMPLATE",
      good.replace(`a13a00010001${bstr}`, "a13a000100016161"),
    ],
    [
      "payload of 31 bytes",
      "MESSAGE_TEMPLATE",
      good.replace(`5820${root}`, `581f${root.slice(2)}`),
    ],
    ["signature cut short", "MESSAGE_TEMPLATE", good.slice(0, -2)],
    ["bytes after the message", "TRAILING_BYTES", `${good}00`],
    [
      "body length not minimal",
      "BODY_NON_MINIMAL",
      good.replace(bstr, `59${(content.length / 2).toString(16).padStart(4, "0")}${content}`),
    ],
    ["COSE_Encrypt0 of two parts", "MESSAGE_TEMPLATE", good.replace(bstr, "d08243a10103a0")],
  ];
  return cases.map(([name, code, message]) => ({ name, code, message }));
}

function jsonMessages(): RefusalVector[] {
  const device = deviceIdOf(vectorSigner(2, "first").signer.publicKey);
  const good = {
    device,
    keyIndex: "0",
    sequence: "1",
    root: hex(new Uint8Array(32)),
    signature: hex(new Uint8Array(64)),
    body: { salt: hex(fromHex("0x000102030405060708090a0b0c0d0e0f")), senml: [{ n: "a", v: 1 }] },
  };
  const text = JSON.stringify(good);
  const cases: readonly (readonly [string, string, string])[] = [
    [
      "the same member twice",
      "BODY_DUPLICATE_KEY",
      text.replace('"root"', '"keyIndex":"0","root"'),
    ],
    ["a member missing", "MESSAGE_FIELD", text.replace('"keyIndex":"0",', "")],
    ["another member", "MESSAGE_FIELD", text.replace('"root"', '"x":"0","root"')],
    ["sequence as a number", "MESSAGE_FIELD", text.replace('"sequence":"1"', '"sequence":1')],
    [
      "sequence over 64 bits",
      "MESSAGE_FIELD",
      text.replace('"sequence":"1"', '"sequence":"18446744073709551616"'),
    ],
    [
      "key index over 32 bits",
      "MESSAGE_FIELD",
      text.replace('"keyIndex":"0"', '"keyIndex":"4294967296"'),
    ],
    ["root of 31 bytes", "MESSAGE_FIELD", text.replace(good.root, good.root.slice(0, -2))],
    ["cut short", "JSON_SYNTAX", text.slice(0, -1)],
    ["text after the message", "TRAILING_BYTES", `${text}x`],
    ["body nested too deep", "BODY_NESTING", text.replace('"v":1', '"v":1,"x":[[1]]')],
  ];
  return cases.map(([name, code, jsonMessage]) => ({ name, code, jsonMessage }));
}
