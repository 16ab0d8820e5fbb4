CREATE TABLE lines (line TEXT);

-- One column for each line: no line has this separator.
.mode ascii
.separator "\037" "\n"
.import /dev/stdin lines
.mode list
.separator " "

WITH RECURSIVE split (word, rest) AS (
    SELECT NULL, line || ' ' FROM lines
    UNION ALL
    SELECT substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1)
    FROM split
    WHERE rest <> ''
)
SELECT count(*) AS count, word
FROM split
WHERE word <> ''
GROUP BY word
ORDER BY count DESC, word;
