import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Hex } from "../../oracle/src/chain/types.ts";
import { root } from "../bootstrap.mjs";
import type { Deployment } from "./deploy-fieldseal.ts";

/** Where a contract is on one chain. */
type AddressEntry = {
  readonly address: Hex;
  readonly block: number;
  readonly deployer: Hex;
};

/** Chain id → contract → place. */
export type AddressBook = Record<string, Record<string, AddressEntry>>;

/** The book of the public chains, committed with the project. */
export const publicAddressBook = join(root, "deploy", "addresses.json");

/** Reads an address book; an absent file is an empty one. */
export function readAddressBook(path: string): AddressBook {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}

/** Enters a deployment, replacing what the book said of its chain. */
export function writeAddressBook(path: string, deployment: Deployment): void {
  const { chainId, deployer, keyVerifiers, deviceRegistry, accessGrants, readingLog } = deployment;
  const book = readAddressBook(path);
  book[chainId.toString()] = {
    KeyVerifiers: { ...keyVerifiers, deployer },
    DeviceRegistry: { ...deviceRegistry, deployer },
    AccessGrants: { ...accessGrants, deployer },
    ReadingLog: { ...readingLog, deployer },
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(book, null, 2)}\n`);
}
