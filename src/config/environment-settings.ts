import { Type } from 'typebox'

/** Which environments there are, and how their images come and go. A part of the settings' schema. */
export const environmentSettings = {
  environmentsDirectory: Type.Optional(
    Type.String({
      minLength: 1,
      group: 'Environments',
      valueName: 'folder',
      defaultText: 'the ones that come with run-it',
      description:
        'Folder of the environments that stand in the place of those that come with run-it, one folder each.',
    }),
  ),
  environments: Type.Optional(
    Type.String({
      minLength: 1,
      group: 'Environments',
      valueName: 'folder',
      defaultText: 'only `environments` in the data directory, where that is there',
      description:
        'Folder of further environments, beside those that come with run-it and those in `environments` of the data directory. One of the same name takes the place of an earlier one.',
    }),
  ),
  pull: Type.Boolean({
    default: true,
    group: 'Environments',
    description: 'Whether missing images may be pulled from a registry.',
  }),
  build: Type.Boolean({
    default: true,
    group: 'Environments',
    description: "Whether missing images may be built from Debian's packages.",
  }),
  registry: Type.Optional(
    Type.String({
      minLength: 1,
      pattern: '^[^\\s/]\\S*/$',
      patternText: 'a host (and path) that ends with a slash, such as `mirror.example:5000/`',
      group: 'Environments',
      valueName: 'prefix',
      defaultText: "the engine's default registry",
      description: 'What image references start with, to pull from a mirror: `mirror.example:5000/`.',
    }),
  ),
}
