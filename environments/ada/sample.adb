with Ada.Containers.Indefinite_Ordered_Maps;
with Ada.Strings.Fixed;
with Ada.Text_IO; use Ada.Text_IO;

procedure Sample is
   package Count_Maps is new Ada.Containers.Indefinite_Ordered_Maps (String, Positive);
   use Count_Maps;

   Counts  : Map;
   Highest : Natural := 0;

   procedure Add (Word : String) is
      Position : constant Cursor := Counts.Find (Word);
      Count    : constant Positive := (if Position = No_Element then 1 else Element (Position) + 1);
   begin
      Counts.Include (Word, Count);
      Highest := Natural'Max (Highest, Count);
   end Add;

   procedure Add_Words_Of (Line : String) is
      First : Positive := Line'First;
   begin
      for Index in Line'Range loop
         if Line (Index) = ' ' then
            if First < Index then
               Add (Line (First .. Index - 1));
            end if;
            First := Index + 1;
         end if;
      end loop;
      if First <= Line'Last then
         Add (Line (First .. Line'Last));
      end if;
   end Add_Words_Of;

begin
   while not End_Of_File loop
      Add_Words_Of (Get_Line);
   end loop;

   --  The map is sorted by word already.
   for Count in reverse 1 .. Highest loop
      for Position in Counts.Iterate loop
         if Element (Position) = Count then
            Put_Line (Ada.Strings.Fixed.Trim (Count'Image, Ada.Strings.Left) & " " & Key (Position));
         end if;
      end loop;
   end loop;
end Sample;
