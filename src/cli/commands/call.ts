import type { Command } from "commander";
import { beijingTime, systemClock } from "../../clock.ts";
import { parsePrivateKey } from "../../keys/formats.ts";
import { methods } from "../../methods/index.ts";
import { signParameters } from "../../keys/signed-request.ts";
import { CommandError } from "../command-error.ts";
import { reach } from "../access/reach.ts";
import { readSandbox } from "../access/running-sandbox.ts";

export function addCallCommand(program: Command): void {
  program
    .command("call")
    .description("make a signed call of the running sandbox and print the reply")
    .argument("<method>", "the method's wire name")
    .argument("[field=value...]", "the method's fields; those of an example are taken where the method needs one")
    .option("--user <login>", "on behalf of this demo user")
    .action(async (name: string, assignments: string[], options: { user?: string }) => {
      const spec = methods.get(name)?.spec;
      if (spec === undefined) throw new CommandError(`no method ${name}; there are ${[...methods.keys()].join(", ")}`);
      if (Object.values(spec.request).some(({ type }) => type === "file")) {
        throw new CommandError(`${name} takes a file; examples/feedback-upload.mjs shows how to send one`);
      }
      const sandbox = await readSandbox();
      const user = sandbox.users.find(({ login }) => login === (options.user ?? sandbox.users[0]?.login));
      if (spec.auth === "user" && user === undefined) throw new CommandError(`no demo user ${options.user ?? ""}`);
      const fields = { ...exampleFields(spec.request), ...readAssignments(assignments) };
      const parameters = await signParameters(
        {
          app_id: sandbox.app_id,
          method: name,
          charset: "utf-8",
          timestamp: beijingTime(systemClock.now()),
          version: "1.0",
          ...(spec.auth === "user" && user !== undefined ? { auth_token: user.access_token } : {}),
          ...(spec.fields === "biz_content" ? { biz_content: JSON.stringify(fields) } : fields),
        },
        { privateKey: parsePrivateKey(sandbox.app_private_key_pkcs8), signType: "RSA2" },
      );
      const reply = await reach(sandbox.gateway_url, { method: "POST", body: parameters });
      process.stdout.write(`${await reply.text()}\n`);
    });
}

/** A repeated transaction_id would be a repeated inquiry, so each call gets one of its own. */
function exampleFields(
  request: Readonly<Record<string, { required: boolean; example: string }>>,
): Record<string, string> {
  const required = Object.entries(request).filter(([, field]) => field.required);
  return Object.fromEntries(
    required.map(([name, { example }]) => [name, name === "transaction_id" ? `CALL${systemClock.now()}` : example]),
  );
}

function readAssignments(assignments: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const split = assignment.indexOf("=");
      if (split < 1) throw new CommandError(`"${assignment}" is no field=value`);
      return [assignment.slice(0, split), assignment.slice(split + 1)];
    }),
  );
}
