import { Type } from 'typebox'

const minuteMs = 60_000

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
  registryUser: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      group: 'Environments',
      valueName: 'name',
      defaultText: 'none: images are pulled without a name',
      description:
        'Name that images are pulled with; of the registry that is named by `registry`, or else the default one, and of no other.',
    }),
  ),
  registryPassword: Type.Optional(
    Type.String({
      secret: true,
      minLength: 1,
      maxLength: 4096,
      group: 'Environments',
      valueName: 'password',
      defaultText: 'none',
      description: 'Password or token that belongs to `registryUser`.',
    }),
  ),
  imagePlatform: Type.Optional(
    Type.String({
      pattern: '^linux/(amd64|arm64)(/v[0-9])?$',
      patternText: '`linux/amd64` or `linux/arm64`',
      group: 'Environments',
      valueName: 'platform',
      defaultText: "the engine's own",
      description:
        'Platform of the images that are pulled: `linux/amd64` or `linux/arm64`. The engine must be able to run it.',
    }),
  ),
  pullStallTimeoutMs: Type.Integer({
    default: 90_000,
    minimum: 1_000,
    maximum: 60 * minuteMs,
    unit: 'ms',
    group: 'Environments',
    description: 'A pull of which nothing is heard for so long is given up.',
  }),
  pullTimeoutMs: Type.Integer({
    default: 60 * minuteMs,
    minimum: 1_000,
    maximum: 24 * 60 * minuteMs,
    unit: 'ms',
    group: 'Environments',
    description: 'The most time that a pull may take.',
  }),
  keepImagesMs: Type.Optional(
    Type.Integer({
      minimum: 10 * minuteMs,
      maximum: 3650 * 24 * 60 * minuteMs,
      unit: 'ms',
      group: 'Environments',
      defaultText: 'for ever',
      description:
        'How long an image is kept that no run uses: `30d`. Only one that run-it pulled or built itself is removed, and none that `warm` names.',
    }),
  ),
  maxImageBytes: Type.Optional(
    Type.Integer({
      minimum: 1024 * 1024,
      maximum: 1024 ** 5,
      unit: 'bytes',
      group: 'Environments',
      defaultText: 'no bound',
      description:
        'What the images that run-it pulled or built may take together, those that share something counted as if they did not. Beyond it those go that were not used for longest.',
    }),
  ),
}
