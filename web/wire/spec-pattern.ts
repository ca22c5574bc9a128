/** The pattern of a method's field, which comes from the server as a text: a literal of src/methods/, judged there. */
export const specPattern = (source: string): RegExp => new RegExp(source, "i");
