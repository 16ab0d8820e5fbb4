import '../../support/on-postgres.ts'
import '../warm.test.ts'
