/**
 * What nobody may be scored by, whatever it would predict. Personal Information Protection Law, article 28 (sensitive
 * information), Regulation on the Administration of the Credit Reporting Industry, article 14, and what amounts to it.
 * A label file may carry such a column for one purpose: to see whether the card treats the groups alike.
 */
const forbiddenWords = [
  "sex",
  "gender",
  "性别",
  "ethnicity",
  "race",
  "nation",
  "nationality",
  "民族",
  "种族",
  "religion",
  "宗教",
  "belief",
  "marriage",
  "marital",
  "婚姻",
  "age",
  "birth",
  "年龄",
  "出生",
  "gene",
  "基因",
  "fingerprint",
  "指纹",
  "blood",
  "血型",
  "disease",
  "illness",
  "medical",
  "health",
  "疾病",
  "病史",
  "pregnan",
  "disab",
  "political",
  "政治",
  "sexual",
  "education",
  "hukou",
  "户籍",
  "籍贯",
] as const;

/** Whether a column of this name may never be trained on. */
export function isForbiddenColumn(column: string): boolean {
  const words = column.toLowerCase().split(/[^\p{L}]+/u);
  return forbiddenWords.some((word) =>
    word.length > 4 || /[^a-z]/.test(word) ? column.toLowerCase().includes(word) : words.includes(word),
  );
}
