import { posix } from "node:path";
import { unzipSync } from "fflate";
import { readXml } from "./xml.ts";

/** Of one part, unpacked: a million rows of twenty columns take less. */
const partLimitBytes = 268_435_456;
const partsLimit = 10_000;

/** The parts of a workbook (ISO/IEC 29500-2), unpacked when they are asked for. */
export class WorkbookParts {
  readonly #content: Buffer;

  /** Throws when the content is no .xlsx. */
  constructor(content: Buffer) {
    if (content.subarray(0, 4).toString("hex") === "d0cf11e0")
      throw new RangeError("it is an old .xls or has a password: save it as .xlsx without a password");
    if (content.subarray(0, 2).toString("latin1") !== "PK") throw new RangeError("it is no .xlsx file");
    this.#content = content;
  }

  /** A part's XML; undefined when there is none of the name. Throws a RangeError when it is larger than the limit. */
  read(path: string): string | undefined {
    let parts = 0;
    const found = unzipSync(this.#content, {
      filter: ({ name, originalSize }) => {
        parts += 1;
        if (parts > partsLimit) throw new RangeError(`it has more than ${partsLimit} parts`);
        if (name.toLowerCase() !== path.toLowerCase()) return false;
        if (originalSize > partLimitBytes)
          throw new RangeError(`its part ${path} has more than ${partLimitBytes / 1_048_576} MB: split the workbook`);
        return true;
      },
    });
    const [bytes] = Object.values(found);
    return bytes === undefined ? undefined : new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  }

  /** Where a part's relationships lead; none when the part has no relationships. An empty path stands for the package. */
  relationshipsOf(path: string): Relationship[] {
    const folder = posix.dirname(path);
    const xml = this.read(posix.join(folder, "_rels", `${posix.basename(path)}.rels`)) ?? "<none/>";
    const relationships: Relationship[] = [];
    readXml(xml, {
      open(name, attributesOf) {
        if (name !== "Relationship") return;
        const attributes = attributesOf();
        if (attributes.get("TargetMode") === "External") return;
        const target = attributes.get("Target") ?? "";
        relationships.push({
          id: attributes.get("Id") ?? "",
          // The same in the transitional and in the strict form, whose addresses differ in front.
          type: posix.basename(attributes.get("Type") ?? ""),
          path: target.startsWith("/") ? target.slice(1) : posix.join(folder, target),
        });
      },
    });
    return relationships;
  }
}

export interface Relationship {
  readonly id: string;
  /** The last word of the relationship's type, such as worksheet, styles or sharedStrings. */
  readonly type: string;
  readonly path: string;
}
