import { Type } from "typebox";
import type { Template } from "../../feedback/templates/template.ts";
import { TemplateError } from "../../feedback/templates/template-form.ts";
import {
  addTemplate,
  assignTemplate,
  findTemplate,
  isBuiltIn,
  listTemplateSummaries,
  removeTemplate,
} from "../../feedback/templates/template-store.ts";
import type { Queryable } from "../../store/store.ts";
import * as field from "../fields.ts";
import { Problem } from "../problem.ts";
import { defineRoute, merchantsAnd, operatorsWho } from "../route.ts";

const templateBodyBytes = 1_048_576;
const reference = Type.String({
  pattern: "^[a-z][a-z0-9_]{0,63}(?:@\\d{1,6})?$",
  description: "a template's name for its newest version, or name@version",
});
const name = Type.String({ pattern: "^[a-z][a-z0-9_]{0,63}$", description: "a template's name" });
const bilingual = field.object({ en: Type.String(), zh: Type.String() });
/** What a template says is checked by parseTemplate, which tells what to write instead. */
const template = Type.Unsafe<Template>(
  Type.Object(
    {
      name: Type.String({ description: "lower-case letters, digits and _" }),
      version: Type.Optional(Type.Integer({ description: "given when it is added; what is sent is not looked at" })),
      columns: Type.Array(Type.Object({ name: Type.String() }), {
        description: "name, type, role, required, maxLength, codes and doc of each",
      }),
      primaryKey: Type.Array(Type.String(), {
        description: "names of columns; that of the order's number is among them",
      }),
    },
    { description: "a template as GET /api/templates/:template gives it" },
  ),
);

async function templateCalled(store: Queryable, called: string): Promise<Template> {
  const found = await findTemplate(store, called);
  if (found === undefined) throw new Problem("not-found", `no template ${called}`);
  return found;
}

export const listTemplatesRoute = defineRoute(
  {
    method: "GET",
    path: "/api/templates",
    title: { en: "List templates", zh: "数据反馈模板列表" },
    who: merchantsAnd("templates:read"),
    query: field.object({ name: Type.Optional(name), ...field.paging }),
    reply: field.object({
      templates: Type.Array(
        field.object({
          name: Type.String(),
          version: Type.Integer(),
          title: bilingual,
          industry: Type.String(),
          columns: Type.Integer({ description: "how many it has" }),
          isBuiltIn: Type.Boolean({ description: "it comes with Kaimen" }),
        }),
      ),
      next: field.next,
    }),
  },
  async ({ query: { name: only, after, limit = field.usualPage } }, { store }) => {
    const all = await listTemplateSummaries(store, only);
    const key = (each: { name: string; version: number }): string => `${each.name}@${each.version}`;
    const from = after === undefined ? 0 : all.findIndex((each) => key(each) === after) + 1;
    if (after !== undefined && from === 0) throw new Problem("refused", "after is name@version: `next` of a page");
    const { rows, ...rest } = field.pageOf(all.slice(from, from + limit + 1), limit, key);
    return { templates: rows, ...rest };
  },
);

export const showTemplateRoute = defineRoute(
  {
    method: "GET",
    path: "/api/templates/:template",
    title: { en: "Show a template with its columns", zh: "数据反馈模板详情" },
    who: merchantsAnd("templates:read"),
    params: field.object({ template: reference }),
    reply: template,
    errors: ["not-found"],
  },
  async ({ params }, { store }) => templateCalled(store, params.template),
);

export const addTemplateRoute = defineRoute(
  {
    method: "POST",
    path: "/api/templates",
    title: { en: "Add a template, or the next version of one", zh: "新增数据反馈模板或版本" },
    doc: "Versions are never changed.",
    who: operatorsWho("templates:write"),
    body: template,
    reply: template,
    status: 201,
    errors: ["refused"],
    action: "template.add",
    bodyLimitBytes: templateBodyBytes,
  },
  async ({ body, note }, { store, clock }) => {
    const added = await addTemplate(store, body, clock.now()).catch((error: unknown) => {
      throw error instanceof TemplateError ? new Problem("refused", error.message) : error;
    });
    note({ details: { name: added.name, version: added.version } });
    return added;
  },
);

export const assignTemplateRoute = defineRoute(
  {
    method: "POST",
    path: "/api/templates/assign",
    title: { en: "Give an app a template", zh: "为应用指定模板" },
    who: operatorsWho("templates:write"),
    body: field.object({ appId: field.appId, template: reference }),
    reply: field.object({ appId: field.appId, template: reference }),
    errors: ["not-found"],
    action: "template.assign",
  },
  async ({ body: { appId, template: called }, note }, { store }) => {
    note({ details: { appId, template: called } });
    await templateCalled(store, called);
    if (!(await assignTemplate(store, appId, called))) throw new Problem("not-found", `no app ${appId}`);
    return { appId, template: called };
  },
);

export const removeTemplateRoute = defineRoute(
  {
    method: "DELETE",
    path: "/api/templates/:template",
    title: { en: "Remove a version of a template that no app has", zh: "删除数据反馈模板版本" },
    doc: "Its number is not given again. Records that were read by it stay.",
    who: operatorsWho("templates:write"),
    params: field.object({
      template: Type.String({ pattern: "^[a-z][a-z0-9_]{0,63}@\\d{1,6}$", description: "name@version" }),
    }),
    reply: field.done,
    errors: ["not-found", "conflict"],
    action: "template.remove",
  },
  async ({ params }, { store }) => {
    const found = await templateCalled(store, params.template);
    if (isBuiltIn(found))
      throw new Problem("conflict", `${params.template} comes with Kaimen and stays; give apps another one instead`);
    const apps = await removeTemplate(store, found);
    if (apps.length > 0)
      throw new Problem("conflict", `still given to ${apps.join(", ")}: give those apps another template first`);
    return { done: true as const };
  },
);
