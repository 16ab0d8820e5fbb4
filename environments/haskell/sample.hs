import Data.List (sortOn)
import qualified Data.Map.Strict as Map

main :: IO ()
main = do
  text <- getContents
  let counts = Map.fromListWith (+) [(word, 1 :: Int) | word <- words text]
  mapM_ putStrLn [show count ++ " " ++ word | (word, count) <- sortOn (negate . snd) (Map.toList counts)]
