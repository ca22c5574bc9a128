import { ConfigurationError } from "./call-error.ts";
import type { MethodFacts } from "./method-facts.ts";

/**
 * The fields by their wire names: camelCase is what the types say, and wire names are taken as they are.
 * @throws ConfigurationError for a field that the method does not have, which the gateway would pass over in silence.
 */
export function wireFields(
  { name: method, request }: MethodFacts,
  fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const wireNames = new Set(Object.values(request));
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => {
      const wireName = Object.hasOwn(request, name) ? request[name] : wireNames.has(name) ? name : undefined;
      if (wireName === undefined) {
        throw new ConfigurationError(`${method} has no field ${name}; it has ${Object.keys(request).join(", ")}`);
      }
      return [wireName, value];
    }),
  );
}
