import { strToU8, zipSync } from "fflate";

const transitional = {
  main: "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
  relationships: "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
};
const strict = {
  main: "http://purl.oclc.org/ooxml/spreadsheetml/main",
  relationships: "http://purl.oclc.org/ooxml/officeDocument/relationships",
};

export interface HandmadeWorkbook {
  /** The XML within <sheetData>, by the name of the sheet. */
  readonly sheets: Readonly<Record<string, string>>;
  /** The XML of each <si>. */
  readonly sharedTexts?: readonly string[];
  /** Number formats of the styles from 1 on; a number is one of the built-in formats. Style 0 is General. */
  readonly formats?: readonly (string | number)[];
  readonly from1904?: boolean;
  readonly strict?: boolean;
  /** A prefix for every element of the sheets. */
  readonly prefix?: string;
}

/** A workbook put together by hand, of the XML that Excel, or another program, writes. */
export function handmadeWorkbook(workbook: HandmadeWorkbook): Buffer {
  const { sheets, sharedTexts = [], formats = [], from1904 = false, prefix = "" } = workbook;
  const names = workbook.strict === true ? strict : transitional;
  const start = prefix === "" ? `xmlns="${names.main}"` : `xmlns:${prefix.slice(0, -1)}="${names.main}"`;
  const sheetNames = Object.keys(sheets);
  const relationship = (id: string, type: string, target: string): string =>
    `<Relationship Id="${id}" Type="${names.relationships}/${type}" Target="${target}"/>`;
  const relationships = (content: string): string =>
    `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${content}</Relationships>`;
  const numFmtId = (format: string | number, index: number): number =>
    typeof format === "number" ? format : 164 + index;
  const parts = {
    "_rels/.rels": relationships(relationship("rId1", "officeDocument", "/xl/workbook.xml")),
    "xl/workbook.xml": `<workbook xmlns="${names.main}" xmlns:r="${names.relationships}">${
      from1904 ? '<workbookPr date1904="1"/>' : "<workbookPr/>"
    }<sheets>${sheetNames.map((name, at) => `<sheet name="${name}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`).join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relationships(
      [
        ...sheetNames.map((_, at) => relationship(`rId${at + 1}`, "worksheet", `worksheets/sheet${at + 1}.xml`)),
        relationship("rIdStyles", "styles", "styles.xml"),
        relationship("rIdTexts", "sharedStrings", "sharedStrings.xml"),
      ].join(""),
    ),
    "xl/styles.xml": `<styleSheet xmlns="${names.main}"><numFmts>${formats
      .map((format, at) =>
        typeof format === "number"
          ? ""
          : `<numFmt numFmtId="${numFmtId(format, at)}" formatCode="${format.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"/>`,
      )
      .join("")}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${formats
      .map((format, at) => `<xf numFmtId="${numFmtId(format, at)}" applyNumberFormat="1"/>`)
      .join("")}</cellXfs></styleSheet>`,
    "xl/sharedStrings.xml": `<sst xmlns="${names.main}">${sharedTexts.map((text) => `<si>${text}</si>`).join("")}</sst>`,
    ...Object.fromEntries(
      sheetNames.map((name, at) => [
        `xl/worksheets/sheet${at + 1}.xml`,
        `<${prefix}worksheet ${start}><${prefix}sheetData>${sheets[name]}</${prefix}sheetData></${prefix}worksheet>`,
      ]),
    ),
  };
  const files = Object.fromEntries(
    Object.entries(parts).map(([path, xml]) => [
      path,
      strToU8(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n${xml}`),
    ]),
  );
  return Buffer.from(zipSync(files, { level: 1 }));
}
