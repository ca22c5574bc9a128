type WithoutUndefined<Options> = {
  [Name in keyof Options as undefined extends Options[Name] ? never : Name]: Options[Name];
} & {
  [Name in keyof Options as undefined extends Options[Name] ? Name : never]?: Exclude<Options[Name], undefined>;
};

/** What was said: an option that was left out is no field of a request. */
export function given<Options extends object>(options: Options): WithoutUndefined<Options> {
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as WithoutUndefined<Options>; // The very fields, without those that are undefined.
}
