import pino from "pino";
import { openStore } from "../../../oracle/src/store/open-store.ts";

// Opens the folder named on the command line, commits one row and stays until it is killed.
const store = await openStore({ path: process.argv[2] ?? "", log: pino({ level: "silent" }) });
await store.db.insertInto("meta").values({ key: "held", value: "yes" }).execute();
process.stdout.write("held\n");
setInterval(() => {}, 1000);
