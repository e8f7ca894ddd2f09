import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { build } from "esbuild";

describe("the SDK in a browser", () => {
  it("bundles without any of Node's modules", async () => {
    const entry = fileURLToPath(new URL("../../sdk/src/index.ts", import.meta.url));
    const { errors, outputFiles, metafile } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      platform: "browser",
      format: "esm",
      minify: true,
      metafile: true,
      logLevel: "silent",
    });
    expect(errors).to.deep.equal([]);
    const sources = Object.keys(metafile.inputs);
    expect(sources.filter((path) => path.includes("sdk/src/node/"))).to.deep.equal([]);
    const text = outputFiles[0]?.text ?? "";
    expect(/from\s*"node:|import\("node:|require\("node:/.test(text)).to.equal(false);
  });
});
