import { Type } from 'typebox'
import { poolPattern } from '../../run/pool.ts'

export const PoolSchema = Type.String({
  pattern: `^${poolPattern}$`,
  description: 'Whose workers take it: at most 32 small letters, digits and hyphens, such as `gpu`. Default `default`.',
})
