import { z } from "zod";
import type { DynamicSecurity, DynsecCommand } from "./dynamic-security.ts";

const clientsSchema = z.object({
  clients: z.array(z.object({ username: z.string(), disabled: z.boolean().optional() })),
});
const rolesSchema = z.object({ roles: z.array(z.string()) });

/** What Mosquitto holds of ours: clients named as addresses, and their roles. */
export type ManagedClients = {
  readonly clients: readonly { readonly username: string; readonly disabled: boolean }[];
  /** User names of whom there is a role. */
  readonly roles: readonly string[];
};

const rolePrefix = "fieldseal:";
const addressPattern = /^0x[0-9a-f]{40}$/;

/** One role a client: Mosquitto 2.0.11 does not expand %u in a role's topics. */
export const roleOf = (username: string): string => rolePrefix + username;

/** The commands that take a client and its role away; its session ends with them. */
export const removal = (username: string): DynsecCommand[] => [
  { command: "deleteClient", username },
  { command: "deleteRole", rolename: roleOf(username) },
];

/** Lists the clients that Fieldseal manages, and nobody else's. @throws BROKER_CONTROL */
export async function listManaged(run: DynamicSecurity["run"]): Promise<ManagedClients> {
  const [clients, roles] = await run([
    { command: "listClients", verbose: true, count: -1, offset: 0 },
    { command: "listRoles", verbose: false, count: -1, offset: 0 },
  ]);
  return {
    clients: clientsSchema
      .parse(clients?.data)
      .clients.filter(({ username }) => addressPattern.test(username))
      .map(({ username, disabled }) => ({ username, disabled: disabled === true })),
    roles: rolesSchema
      .parse(roles?.data)
      .roles.filter((role) => role.startsWith(rolePrefix))
      .map((role) => role.slice(rolePrefix.length))
      .filter((username) => addressPattern.test(username)),
  };
}
