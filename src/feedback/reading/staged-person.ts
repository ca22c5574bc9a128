import { uuidBytes } from "../../store/copy-binary.ts";

/** A person of the file. */
export class StagedPerson {
  readonly bucket: number;
  readonly personId: Uint8Array;
  readonly nameId: Uint8Array;
  /** Two numbers that stand for number and name together. */
  readonly ownerA: number;
  readonly ownerB: number;
  /** The last portion that names it. */
  portion = 0;

  constructor(bucket: number, personId: string, nameId: string) {
    this.bucket = bucket;
    this.personId = uuidBytes(personId);
    this.nameId = uuidBytes(nameId);
    this.ownerA = Number.parseInt(personId.slice(0, 8), 16) ^ Number.parseInt(nameId.slice(0, 8), 16);
    this.ownerB = Number.parseInt(personId.slice(28), 16) ^ Number.parseInt(nameId.slice(28), 16);
  }
}

/** How a person is kept when the file has it for the first time. */
export interface SealedPerson {
  readonly credentialsType: string;
  readonly credentialsNo: Uint8Array;
  readonly name: Uint8Array;
}
