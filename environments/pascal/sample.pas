program Sample;

{$mode objfpc}{$H+}

uses
  Classes, SysUtils, Generics.Collections, Generics.Defaults;

type
  TCounts = specialize TDictionary<string, Integer>;
  TEntry = TCounts.TDictionaryPair;
  TEntries = specialize TList<TEntry>;
  TEntryComparer = specialize TComparer<TEntry>;

function CompareEntries(constref A, B: TEntry): Integer;
begin
  Result := B.Value - A.Value;
  if Result = 0 then
    Result := CompareStr(A.Key, B.Key);
end;

var
  Counts: TCounts;
  Entries: TEntries;
  Item: TEntry;
  Line, Word: string;
  Count: Integer;

begin
  Counts := TCounts.Create;
  while not Eof do
  begin
    ReadLn(Line);
    for Word in Line.Split([' '], TStringSplitOptions.ExcludeEmpty) do
    begin
      Counts.TryGetValue(Word, Count);
      Counts.AddOrSetValue(Word, Count + 1);
    end;
  end;

  Entries := TEntries.Create;
  for Item in Counts do
    Entries.Add(Item);
  Entries.Sort(TEntryComparer.Construct(@CompareEntries));
  for Item in Entries do
    WriteLn(Item.Value, ' ', Item.Key);

  Entries.Free;
  Counts.Free;
end.
