import { expect } from "chai";
import type { Login } from "../../../oracle/src/access/types.ts";
import { createSessionBook } from "../../../oracle/src/broker/session-book.ts";
import type { BrokerAuthority } from "../../../oracle/src/broker/types.ts";

const login: Login = { kind: "account", who: `0x${"a1".repeat(20)}`, expiresS: 9 };
const topic = (index: number) => `fieldseal/1/device-${index}/command`;

describe("the book of live sessions", () => {
  const fresh = () => {
    const fallen = new Set<string>();
    const allowed = new Set<string>();
    let looks = 0;
    const authority: BrokerAuthority = {
      login: async () => login,
      objection: () => {
        looks++;
        return undefined;
      },
      mayPublish: (_who, name) => allowed.has(`publish ${name}`),
      maySubscribe: (_who, name) => allowed.has(`subscribe ${name}`),
    };
    const book = createSessionBook(authority, "fieldseal/1");
    const open = (clientId: string) => {
      book.open(clientId, login, (code) => fallen.add(`${clientId} ${code}`));
    };
    return { book, open, allowed, fallen: () => [...fallen], looks: () => looks };
  };

  it("cuts who loses a right to publish that he used, and not who still may subscribe", () => {
    const { book, open, allowed, fallen } = fresh();
    allowed.add(`publish ${topic(1)}`).add(`subscribe ${topic(1)}`);
    for (const id of ["sender", "hearer", "idle"]) open(id);
    expect(book.allows("sender", "publish", topic(1))).to.equal(true);
    expect(book.allows("hearer", "subscribe", topic(1))).to.equal(true);
    expect(book.allows("sender", "subscribe", topic(1))).to.equal(true);
    book.recheck();
    expect(fallen()).to.deep.equal([]);
    expect(book.allows("nobody", "publish", topic(1))).to.equal(false);
    allowed.delete(`publish ${topic(1)}`);
    book.recheck();
    expect(fallen()).to.deep.equal(["sender GRANT_ENDED"]);
    expect(book.size).to.equal(2);
  });

  it("lets a session use no more topics than it can take back", () => {
    const { book, open, allowed, fallen } = fresh();
    open("busy");
    for (let i = 0; i <= 1000; i++) allowed.add(`publish ${topic(i)}`);
    const granted = Array.from({ length: 1001 }, (_, i) =>
      book.allows("busy", "publish", topic(i)),
    );
    expect(granted.filter(Boolean).length).to.equal(1000);
    expect(book.allows("busy", "publish", topic(0)), "one that it uses already").to.equal(true);
    allowed.delete(`publish ${topic(999)}`);
    book.recheck();
    expect(fallen()).to.deep.equal(["busy GRANT_ENDED"]);
  });

  it("looks at everybody again when something changed while it looked", async () => {
    const { book, open, looks } = fresh();
    for (let i = 0; i < 600; i++) open(String(i));
    const done = book.rechecked();
    book.recheck();
    await done;
    expect(looks()).to.equal(1200);
  });
});
