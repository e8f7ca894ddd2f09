import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const program = "/usr/bin/chromium";

/**
 * Starts the distribution's Chromium with a fresh profile, without a word to anybody outside this machine.
 * @throws Error that names the Debian package if it is not installed
 */
export async function startChromium(): Promise<Browser> {
  if (!existsSync(program)) {
    throw new Error("Chromium is not installed: apt-get install chromium");
  }
  return chromium.launch({
    executablePath: program,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
