import { Type } from "typebox";
import { identityCard } from "../consent/people.ts";
import { type Labelled, trainingRowsLimit } from "../scoring/training-rows.ts";
import * as field from "./fields.ts";
import type { NamedPerson } from "./person-asked.ts";

/** Several people, as a request names them. Whoever of them the database does not know has no features and no score. */
export const namedPeople = Type.Array(
  field.object({ credentialsNo: field.credentialsNo, credentialsType: Type.Optional(field.credentialsType) }),
  {
    minItems: 1,
    maxItems: trainingRowsLimit,
    description: `a list of 1 to ${trainingRowsLimit} {credentialsNo, credentialsType?}`,
  },
);

export function inFull(people: readonly NamedPerson[]): Labelled[] {
  return people.map(({ credentialsNo, credentialsType = identityCard }) => ({ credentialsNo, credentialsType }));
}
