import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Value } from 'typebox/value'
import { checkValue } from './check-value.ts'
import { definitionsOf } from './definition.ts'
import { settingsSchema } from './settings.ts'

const definitions = definitionsOf(settingsSchema)

it('every setting has a description, a group, bounds if it is a number, and a default or a word on it', () => {
  for (const definition of definitions) {
    assert.match(definition.description, /\.$/, definition.property)
    assert.ok(definition.group, definition.property)
    assert.ok(definition.default !== undefined || definition.defaultText, definition.property)
    if (definition.type !== 'integer' && definition.type !== 'number') continue
    assert.ok(definition.minimum !== undefined && definition.maximum !== undefined, definition.property)
  }
})

it('the unit in a name is the unit of the value', () => {
  for (const { property, unit } of definitions) {
    assert.equal(unit === 'ms', property.endsWith('Ms'), property)
    assert.equal(unit === 'bytes', property.endsWith('Bytes'), property)
  }
})

it('names are derived from the property', () => {
  const found = definitions.find(definition => definition.property === 'maxWallTimeMs')
  assert.equal(found?.flag, '--max-wall-time-ms')
  assert.equal(found?.variable, 'RUN_IT_MAX_WALL_TIME_MS')
})

it('a value is accepted when, and only when, the schema accepts it', () => {
  const samples = [
    -1,
    0,
    0.5,
    1,
    1.5,
    64,
    8080,
    70_000,
    2 ** 31,
    2 ** 53,
    true,
    false,
    '',
    'all',
    'json',
    'loud',
    null,
    {},
  ]
  for (const definition of definitions) {
    const schema = settingsSchema.properties[definition.property as keyof typeof settingsSchema.properties]
    for (const sample of samples) {
      // Text that reads as another type is welcome in a variable, not to the schema.
      if (typeof sample === 'string' && definition.type !== 'string') continue
      const isAccepted = 'value' in checkValue(definition, sample)
      assert.equal(isAccepted, Value.Check(schema, sample), `${definition.property}: ${JSON.stringify(sample)}`)
    }
  }
})
