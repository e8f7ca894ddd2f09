import {
  errorCode,
  formatPermissions,
  grantablePermissions,
  parsePermissions,
  permissions,
} from "@fieldseal/sdk";
import { expect } from "chai";
import * as fc from "fast-check";

const codeOf = (run: () => unknown) => {
  try {
    run();
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
};

describe("permissions as text", () => {
  it("names bits in any case, order and spacing", () => {
    expect(parsePermissions("read")).to.equal(permissions.READ);
    expect(parsePermissions(" Command, READ ,bit39,read")).to.equal(3n + (1n << 39n));
    expect(formatPermissions(63n + (1n << 8n))).to.equal(
      "read,command,configure,maintain,delegate,emergency,bit8",
    );
  });

  it("reads what it writes, for every grant there can be", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: (1n << 40n) - 1n }), (any) => {
        const bits = any & grantablePermissions;
        fc.pre(bits !== 0n);
        expect(parsePermissions(formatPermissions(bits))).to.equal(bits);
      }),
    );
  });

  it("refuses names that there are not, reserved bits and none at all", () => {
    for (const text of ["", "read,", "all", "bit6", "bit7", "bit40", "bit08", "1", "constructor"]) {
      expect(
        codeOf(() => parsePermissions(text)),
        text,
      ).to.equal("PERMISSIONS_FORMAT");
    }
    for (const bits of [64n, 128n, 1n << 40n, -1n]) {
      expect(
        codeOf(() => formatPermissions(bits)),
        `${bits}`,
      ).to.equal("PERMISSIONS_FORMAT");
    }
  });
});
