import { type Instant, instantToText } from "../../clock.ts";
import type { Bilingual } from "../../protocol/refusal.ts";
import type { Queryable, Store } from "../../store/store.ts";
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

/** What tells a template from another, without its columns. */
export interface TemplateSummary {
  readonly name: string;
  readonly version: number;
  readonly title: Bilingual;
  readonly industry: string;
  /** How many it has. */
  readonly columns: number;
  /** It comes with Kaimen. */
  readonly isBuiltIn: boolean;
}

const summariesRead = 10_000;

/** All templates, or all versions of one, by name and version. */
export async function listTemplateSummaries(store: Queryable, name?: string): Promise<TemplateSummary[]> {
  const rows = await store.query<TemplateSummary & Record<string, unknown>>(
    `select name, version, body -> 'title' as title, body ->> 'industry' as industry,
            jsonb_array_length(body -> 'columns') as columns, false as "isBuiltIn"
     from template where $1::text is null or name = $1 order by name, version limit $2`,
    [name ?? null, summariesRead],
  );
  const own = builtIn
    .filter((template) => name === undefined || template.name === name)
    .map(({ version, title, industry, columns, ...rest }) => ({
      name: rest.name,
      version,
      title,
      industry,
      columns: columns.length,
      isBuiltIn: true,
    }));
  return [...own, ...rows].toSorted(
    (left, right) => left.name.localeCompare(right.name) || left.version - right.version,
  );
}

export function isBuiltIn({ name, version }: Pick<Template, "name" | "version">): boolean {
  return builtIn.some((each) => each.name === name && each.version === version);
}

/** A version that was removed is never given again: a workbook of it may still lie somewhere. */
const lastVersionSetting = (name: string): string => `template_version ${name}`;

/**
 * Adds what an operator wrote as the next version of its name: 1 where there is none. Versions are never changed.
 * Throws a TemplateError that says what to write instead.
 */
export async function addTemplate(store: Queryable, form: unknown, now: Instant): Promise<Template> {
  const draft = parseTemplate(form);
  const newest = (await listTemplates(store, draft.name)).at(-1);
  const [removed] = await store.query<{ value: number }>("select value from setting where name = $1", [
    lastVersionSetting(draft.name),
  ]);
  const template = { ...draft, version: Math.max(newest?.version ?? 0, removed?.value ?? 0) + 1 };
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

const appsTold = 5;

/**
 * Removes one version that an operator added, and gives nothing; or the apps that have it, some of them, and removes
 * nothing. An app that names a template without a version has its newest.
 */
export async function removeTemplate(
  store: Store,
  { name, version }: Pick<Template, "name" | "version">,
): Promise<readonly string[]> {
  return store.transaction(async (transaction) => {
    const newest = (await listTemplateSummaries(transaction, name)).at(-1);
    const references = [`${name}@${version}`, ...(newest?.version === version ? [name] : [])];
    const apps = await transaction.query<{ app_id: string }>(
      "select app_id from app where template = any($1::text[]) order by app_id limit $2",
      [references, appsTold],
    );
    if (apps.length > 0) return apps.map(({ app_id: appId }) => appId);
    await transaction.query("delete from template where name = $1 and version = $2", [name, version]);
    await transaction.query(
      `insert into setting (name, value) values ($1, to_jsonb($2::int))
       on conflict (name) do update set value = to_jsonb(greatest((setting.value #>> '{}')::int, $2::int))`,
      [lastVersionSetting(name), version],
    );
    return [];
  });
}
