-- Two indexes of the same legs by who flies them: one is enough (`schedule_legs_operating` stays).
DROP INDEX schedule_legs_operated_by;
