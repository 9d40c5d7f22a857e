// Prints what the parser says against each document that is named, as a list of JSON.
import { readFileSync, writeFileSync } from "node:fs";
import asyncapi from "@asyncapi/parser";

const said = [];
for (const path of process.argv.slice(3)) {
  const { document, diagnostics } = await new asyncapi.Parser().parse(readFileSync(path, "utf8"));
  const found = diagnostics.map(({ code, path: at, message }) => ({ code, message, at: at.join(".") }));
  said.push({ read: document !== undefined, found });
}
writeFileSync(process.argv[2], JSON.stringify(said));
