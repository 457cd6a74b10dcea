-- Alike clues are looked for across a wide scope: by what they share first, whose they are is filtered afterwards.
drop index clue_plate;
drop index clue_party;
drop index clue_ship;
drop index clue_place;
create index clue_plate on clue (plate_no, occurred_at) where plate_no is not null;
create index clue_party on clue (party_name, occurred_at) where party_name is not null;
create index clue_ship on clue (ship_name, occurred_at) where ship_name is not null;
create index clue_place on clue (place, occurred_at) where place is not null;
