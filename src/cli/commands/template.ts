import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { ask, type ConsoleApi } from "../access/ask.ts";
import { type OperatedServer, readServer } from "../access/server.ts";
import { CommandError } from "../command-error.ts";
import { printJson } from "../print.ts";

export function addTemplateCommand(program: Command): void {
  const template = program.command("template").description("the data feedback templates");
  template
    .command("list")
    .description("every template and version, or one as JSON")
    .argument("[name]", "print all versions of this one")
    .option("--json", "print JSON")
    .action(async (name: string | undefined, { json }: { json?: true }) => {
      const server = await readServer();
      const listed = await everyTemplate(server, name);
      if (name !== undefined) {
        const whole = [];
        for (const each of listed) whole.push(await show(server, `${each.name}@${each.version}`));
        return print(whole);
      }
      if (json === true) return printJson({ templates: listed }, 2);
      for (const { name: called, version, columns, title } of listed)
        process.stdout.write(`${called}@${version}  ${columns} columns  ${title.zh} ${title.en}\n`);
    });
  template
    .command("show")
    .description("a template with its columns, as JSON")
    .argument("<template>", "its name for its newest version, or name@version")
    .action(async (reference: string) => print(await show(await readServer(), reference)));
  template
    .command("add")
    .description("add a template, or the next version of one")
    .argument("<file>", "the template as JSON, as template show NAME prints it")
    .action(async (path: string) => {
      const body = await readForm(path);
      const added = await ask(await readServer(), "POST /api/templates", { body });
      process.stdout.write(`${added.name}@${added.version}\n`);
    });
  template
    .command("assign")
    .description("give an app a template: its newest version by name, or one version by name@version")
    .argument("<app_id>")
    .argument("<template>")
    .action(async (appId: string, reference: string) => {
      await ask(await readServer(), "POST /api/templates/assign", { body: { appId, template: reference } });
      process.stdout.write(`${appId} has ${reference}\n`);
    });
  template
    .command("remove")
    .description("remove a version that no app has and that does not come with Kaimen")
    .argument("<template>", "name@version")
    .action(async (reference: string) => {
      await ask(await readServer(), "DELETE /api/templates/:template", { params: { template: reference } });
      process.stdout.write(`removed ${reference}\n`);
    });
}

type Listed = ConsoleApi["GET /api/templates"]["reply"]["templates"];

async function everyTemplate(server: OperatedServer, name: string | undefined): Promise<Listed> {
  const templates: Listed = [];
  let after: string | undefined;
  do {
    const page = await ask(server, "GET /api/templates", {
      query: { limit: 200, ...(name === undefined ? {} : { name }), ...(after === undefined ? {} : { after }) },
    });
    templates.push(...page.templates);
    after = page.next;
  } while (after !== undefined);
  return templates;
}

function show(server: OperatedServer, reference: string): Promise<object> {
  return ask(server, "GET /api/templates/:template", { params: { template: reference } });
}

async function readForm(path: string): Promise<ConsoleApi["POST /api/templates"]["body"]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${path}: ${error.code ?? error.message}`);
  });
  try {
    return JSON.parse(text) as ConsoleApi["POST /api/templates"]["body"]; // The server says what is wrong with it.
  } catch (error) {
    throw new CommandError(`${path} is no JSON: ${(error as Error).message}`);
  }
}

/** A template's own names stay as they are: it can be sent again. */
function print(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
}
