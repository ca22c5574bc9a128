import type { Card, Characteristic } from "../card/card.ts";
import { featureNamed } from "../card/features.ts";
import { CardFormatError } from "../card/card-json.ts";
import { characteristicOf, type ForeignCard, type Interval } from "./foreign.ts";

/** A card as a PMML 4.4 Scorecard (dmg.org/pmml/v4-4/Scorecard.html): the same integers, and the clip as an output. */
export function toPmml(card: Card): string {
  const fields = card.characteristics.map(({ feature }) => feature);
  return `<?xml version="1.0" encoding="UTF-8"?>
<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4">
  <Header description="${escaped(card.title.en)}"><Application name="Kaimen"/></Header>
  <DataDictionary>
${fields.map((name) => `    <DataField name="${name}" displayName="${escaped(featureNamed(name).meaning.en)}" optype="continuous" dataType="integer"/>`).join("\n")}
  </DataDictionary>
  <Scorecard modelName="${escaped(card.title.en)}" functionName="regression" initialScore="${card.basePoints}" useReasonCodes="true" reasonCodeAlgorithm="pointsBelow" baselineMethod="max">
    <MiningSchema>
${fields.map((name) => `      <MiningField name="${name}" missingValueTreatment="asIs"/>`).join("\n")}
    </MiningSchema>
    <Output>
      <OutputField name="raw_score" feature="predictedValue" dataType="double" optype="continuous"/>
      <OutputField name="score" feature="transformedValue" dataType="double" optype="continuous">
        <Apply function="max"><Constant dataType="double">${card.floor}</Constant><Apply function="min"><Constant dataType="double">${card.ceiling}</Constant><FieldRef field="raw_score"/></Apply></Apply>
      </OutputField>
    </Output>
    <Characteristics>
${card.characteristics.map(characteristicXml).join("\n")}
    </Characteristics>
  </Scorecard>
</PMML>
`;
}

function characteristicXml({ feature, bins, special = [], missingPoints }: Characteristic): string {
  const best = Math.max(missingPoints, ...bins.map(({ points }) => points), ...special.map(({ points }) => points));
  const attribute = (points: number, predicate: string): string =>
    `        <Attribute partialScore="${points}">${predicate}</Attribute>`;
  const simple = (operator: string, value: number): string =>
    `<SimplePredicate field="${feature}" operator="${operator}" value="${value}"/>`;
  const rows = [
    attribute(missingPoints, `<SimplePredicate field="${feature}" operator="isMissing"/>`),
    ...special.map(({ value, points }) => attribute(points, simple("equal", value))),
    ...bins.map(({ below, points }, index) => {
      const from = bins[index - 1]?.below;
      const bounds = [
        ...(from === undefined ? [] : [simple("greaterOrEqual", from)]),
        ...(below === undefined ? [] : [simple("lessThan", below)]),
      ];
      return attribute(
        points,
        bounds.length === 0
          ? `<SimplePredicate field="${feature}" operator="isNotMissing"/>`
          : bounds.length === 1
            ? bounds.join("")
            : `<CompoundPredicate booleanOperator="and">${bounds.join("")}</CompoundPredicate>`,
      );
    }),
  ];
  return `      <Characteristic name="${feature}_points" reasonCode="${feature.toUpperCase()}" baselineScore="${best}">
${rows.join("\n")}
      </Characteristic>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

const tag = /<(\/?)(?:[\w]+:)?(\w+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g;
const charactersLimit = 4_000_000;

/** Reads a Scorecard whose attributes are ranges of one field each. No entity, and nothing outside the file, is ever resolved. */
export function fromPmml(xml: string): ForeignCard {
  if (xml.length > charactersLimit) throw new CardFormatError("the PMML is larger than 4 MB");
  if (/<!DOCTYPE|<!ENTITY/i.test(xml)) throw new CardFormatError("a PMML with a DOCTYPE is not read");
  let basePoints: number | undefined;
  const intervals = new Map<string, Interval[]>();
  let attribute:
    { points: number; field?: string; from?: number; below?: number; value?: number; missing: boolean } | undefined;
  for (const [, closing, name, attributesText = ""] of withoutComments(xml).matchAll(tag)) {
    const attributes = Object.fromEntries(
      [...attributesText.matchAll(/\s+([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gy)].map(([, key, one, other]) => [
        key,
        one ?? other ?? "",
      ]),
    );
    if (name === "Scorecard" && closing === "") basePoints = Number(attributes["initialScore"] ?? 0);
    if (name === "Attribute" && closing === "")
      attribute = { points: numberOf(attributes["partialScore"], "partialScore"), missing: false };
    if (name === "SimplePredicate" && attribute !== undefined) take(attribute, attributes);
    if (name === "Attribute" && closing === "/" && attribute !== undefined) {
      const { field, points, from, below, value, missing } = attribute;
      if (field === undefined) throw new CardFormatError("an Attribute names no field");
      const interval: Interval = missing
        ? { kind: "missing", points }
        : value !== undefined
          ? { kind: "value", value, points }
          : { kind: "range", from, below, points };
      intervals.set(field, [...(intervals.get(field) ?? []), interval]);
      attribute = undefined;
    }
  }
  if (basePoints === undefined) throw new CardFormatError("there is no Scorecard in this PMML");
  return { basePoints, characteristics: [...intervals].map(([feature, own]) => characteristicOf(feature, own)) };
}

/** One that does not end is none, and is looked for the end of once. */
function withoutComments(xml: string): string {
  let kept = "";
  let from = 0;
  for (;;) {
    const start = xml.indexOf("<!--", from);
    const end = start === -1 ? -1 : xml.indexOf("-->", start + 4);
    if (end === -1) return kept + xml.slice(from);
    kept += xml.slice(from, start);
    from = end + 3;
  }
}

function take(
  attribute: { field?: string; from?: number; below?: number; value?: number; missing: boolean },
  predicate: Record<string, string>,
): void {
  const { field = "", operator = "" } = predicate;
  if (attribute.field !== undefined && attribute.field !== field)
    throw new CardFormatError(`an Attribute is about ${attribute.field} and ${field}: only one field is read`);
  attribute.field = field;
  const value = (): number => numberOf(predicate["value"], `value of ${field}`);
  if (operator === "isMissing") attribute.missing = true;
  else if (operator === "lessThan") attribute.below = value();
  else if (operator === "lessOrEqual") attribute.below = Math.floor(value()) + 1;
  else if (operator === "greaterOrEqual") attribute.from = value();
  else if (operator === "greaterThan") attribute.from = Math.floor(value()) + 1;
  else if (operator === "equal") attribute.value = value();
  else if (operator !== "isNotMissing") throw new CardFormatError(`the operator ${operator} is not read`);
}

function numberOf(text: string | undefined, place: string): number {
  const value = Number(text ?? "");
  if (text === undefined || text.trim() === "" || !Number.isFinite(value))
    throw new CardFormatError(`${place} is no number`);
  return value;
}
