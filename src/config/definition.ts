import type { SettingsSchema } from './settings.ts'

/** One setting, read out of the schema, with the names it has everywhere. */
export interface Definition {
  /** In `Settings` and in the file: `dataDirectory`. */
  readonly property: string
  /** `--data-directory`; absent for most secrets, because everybody on the machine can read a command line. */
  readonly flag?: string
  /** The flag may be given several times; its values are joined with commas. */
  readonly isRepeatable?: boolean
  /** `RUN_IT_DATA_DIRECTORY` */
  readonly variable: string
  /** `RUN_IT_TOKEN_FILE`, for secrets only. */
  readonly fileVariable?: string
  /** Another name for the variable, which many programs know; `variable` counts first. */
  readonly alias?: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean'
  readonly choices?: readonly string[]
  readonly unit?: 'bytes' | 'ms'
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly pattern?: string
  /** `pattern` in words. */
  readonly patternText?: string
  readonly default?: string | number | boolean
  /** What happens without a value, where that is not one constant. */
  readonly defaultText?: string
  readonly description: string
  readonly group: string
  /** Stands for the value in help texts. */
  readonly valueName: string
}

/** What the schema says beside JSON Schema's own keywords: `group`, `unit`, `valueName`, `defaultText`, `patternText`, `secret`, `isFlag`, `flagName`, `isRepeatable`, `alias`. */
interface SettingKeywords extends Omit<Definition, 'property' | 'flag' | 'variable' | 'fileVariable' | 'choices'> {
  readonly enum?: readonly string[]
  readonly secret?: boolean
  /** Of a secret: it has a flag all the same. */
  readonly isFlag?: boolean
  /** Where the flag is not the property's own name. */
  readonly flagName?: string
}

export const variablePrefix = 'RUN_IT_'

export function definitionsOf(schema: SettingsSchema): readonly Definition[] {
  return Object.entries(schema.properties).map(([property, propertySchema]) => {
    const keywords = propertySchema as unknown as SettingKeywords
    const { enum: choices, secret, isFlag = !secret, flagName, ...rest } = keywords
    const variable = variablePrefix + words(property).join('_').toUpperCase()
    return {
      ...rest,
      property,
      variable,
      type: choices ? 'string' : keywords.type,
      valueName: keywords.valueName ?? keywords.unit ?? (choices ? choices.join('|') : 'number'),
      ...(choices && { choices }),
      ...(secret && { fileVariable: `${variable}_FILE` }),
      ...(isFlag && { flag: `--${flagName ?? words(property).join('-')}` }),
    }
  })
}

function words(property: string): readonly string[] {
  return property.split(/(?=[A-Z])/).map(word => word.toLowerCase())
}
