import type { Static, TSchema } from "typebox";
import type { RouteSpec } from "./route.ts";

type RoutesOf<File> = Extract<File[keyof File], { readonly spec: RouteSpec }>;
type SpecsOf<Files> = { [File in keyof Files]: RoutesOf<Files[File]>["spec"] }[keyof Files];
type PartOf<Spec, Part extends string> = Spec extends { readonly [Name in Part]: infer Schema extends TSchema }
  ? Static<Schema>
  : undefined;

/**
 * An API as types, by verb and path, from the files that declare its routes: for whoever calls it, commands and pages.
 * Types only: nothing of a route is loaded by them.
 */
export type ApiOf<Files> = {
  [Spec in SpecsOf<Files> as `${Spec["method"]} ${Spec["path"]}`]: {
    readonly params: PartOf<Spec, "params">;
    readonly query: PartOf<Spec, "query">;
    readonly body: PartOf<Spec, "body">;
    readonly reply: Static<Spec["reply"]>;
  };
};
