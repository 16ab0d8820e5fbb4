import { type Static, type TSchema, Type } from 'typebox'

/** The name under which a schema stands in the OpenAPI document. TypeBox keeps it out of the schema's type. */
export function schemaName(schema: TSchema): string {
  const { $id: name } = schema as { readonly $id?: string }
  if (name === undefined) {
    throw new TypeError('The schema has no $id')
  }
  return name
}

/** Stands for a schema that is registered under its `$id`: the OpenAPI document then names it instead of repeating it. */
export function reference<Schema extends TSchema>(schema: Schema) {
  return Type.Unsafe<Static<Schema>>({ $ref: `${schemaName(schema)}#` })
}
