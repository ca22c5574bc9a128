import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { Template } from "../../feedback/templates/template.ts";
import { CommandError } from "../command-error.ts";
import { askOperatorApi } from "../access/running-sandbox.ts";
import { readServer } from "../access/server.ts";

export function addTemplateCommand(program: Command): void {
  const template = program.command("template").description("the data feedback templates");
  template
    .command("list")
    .description("every template and version, or one as JSON")
    .argument("[name]", "print all versions of this one")
    .action(async (name: string | undefined) => {
      const { templates } = await askOperatorApi<{ templates: Template[] }>(await readServer(), "/api/templates");
      if (name !== undefined) {
        process.stdout.write(
          `${JSON.stringify(
            templates.filter((each) => each.name === name),
            undefined,
            2,
          )}\n`,
        );
        return;
      }
      for (const each of templates)
        process.stdout.write(
          `${each.name}@${each.version}  ${each.columns.length} columns  ${each.title.zh} ${each.title.en}\n`,
        );
    });
  template
    .command("add")
    .description("add a template, or the next version of one")
    .argument("<file>", "the template as JSON, as template list NAME prints it")
    .action(async (path: string) => {
      const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        throw new CommandError(`cannot read ${path}: ${error.code ?? error.message}`);
      });
      let form: unknown;
      try {
        form = JSON.parse(text);
      } catch (error) {
        throw new CommandError(`${path} is no JSON: ${(error as Error).message}`);
      }
      const added = await askOperatorApi<Template>(await readServer(), "/api/templates", form);
      process.stdout.write(`${added.name}@${added.version}\n`);
    });
  template
    .command("assign")
    .description("give an app a template: its newest version by name, or one version by name@version")
    .argument("<app_id>")
    .argument("<template>")
    .action(async (appId: string, reference: string) => {
      await askOperatorApi(await readServer(), "/api/templates/assign", { app_id: appId, template: reference });
      process.stdout.write(`${appId} has ${reference}\n`);
    });
}
