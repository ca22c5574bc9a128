import { type Instant, instantToText } from "../../clock.ts";
import type { Queryable } from "../../store/store.ts";
import type { Template } from "./template.ts";
import { parseTemplate, TemplateError } from "./template-form.ts";
import { loanTemplate } from "./loan.ts";
import { rentalTemplate } from "./rental.ts";
import { sceneTemplate } from "./scene.ts";

const builtIn: readonly Template[] = [loanTemplate, sceneTemplate, rentalTemplate];

/** The template that `name` (its newest version) or `name@version` refers to, or undefined. */
export async function findTemplate(store: Queryable, reference: string): Promise<Template | undefined> {
  const [name = "", version] = reference.split("@");
  const versions = await listTemplates(store, name);
  if (version === undefined) return versions.at(-1);
  return versions.find((template) => template.version === Number(version));
}

/** All templates, or all versions of one, by name and version. */
export async function listTemplates(store: Queryable, name?: string): Promise<Template[]> {
  const rows = await store.query<{ body: Template }>(
    "select body from template where $1::text is null or name = $1 order by name, version",
    [name ?? null],
  );
  const all = [
    ...builtIn.filter((template) => name === undefined || template.name === name),
    ...rows.map(({ body }) => body),
  ];
  return all.toSorted((left, right) => left.name.localeCompare(right.name) || left.version - right.version);
}

/**
 * Adds what an operator wrote as the next version of its name: 1 where there is none. Versions are never changed.
 * Throws a TemplateError that says what to write instead.
 */
export async function addTemplate(store: Queryable, form: unknown, now: Instant): Promise<Template> {
  const draft = parseTemplate(form);
  const newest = (await listTemplates(store, draft.name)).at(-1);
  const template = { ...draft, version: (newest?.version ?? 0) + 1 };
  const added = await store.query(
    `insert into template (name, version, body, created_at) values ($1, $2, $3, $4)
     on conflict (name, version) do nothing returning name`,
    [template.name, template.version, JSON.stringify(template), instantToText(now)],
  );
  if (added.length === 0)
    throw new TemplateError("another version of this template was added at this moment; try again");
  return template;
}

/** Whether there was such an app. */
export async function assignTemplate(store: Queryable, appId: string, reference: string): Promise<boolean> {
  const changed = await store.query("update app set template = $2 where app_id = $1 returning app_id", [
    appId,
    reference,
  ]);
  return changed.length > 0;
}
