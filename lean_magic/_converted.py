"""What makes results turn into other forms of data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

    from lean_magic.proof_tree import ProofTrees
    from lean_magic.triples import Triple

__all__ = ["Converted"]


class Converted:
    """A result that `lean_magic.conversions` knows how to convert."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return everything as data that can be written as JSON.

        Returns
        -------
        dict
            The attributes by their names. A position is ``{"line", "column"}`` (lines from 1, columns from 0, in code
            points). ``env`` and ``state`` are the identities of what they name; `lean_magic.export_state` makes of them
            what can be restored.
        """
        from lean_magic import conversions

        return conversions.to_dict(self)  # type: ignore[arg-type]

    def to_json(self, *, indent: int | None = None) -> str:
        """Return `to_dict` as JSON.

        Parameters
        ----------
        indent : int, optional
            Spaces for each level; by default, all is on one line.
        """
        from lean_magic import conversions

        return conversions.to_json(self, indent=indent)  # type: ignore[arg-type]

    def to_markdown(self) -> str:
        """Return what is shown of it as Markdown (of GitHub's flavour), with the code: for issues and chats."""
        from lean_magic import conversions

        return conversions.to_markdown(self)  # type: ignore[arg-type]

    def to_dataframe(self, of: Literal["messages", "sorries", "tactics"] = "messages") -> pd.DataFrame:
        """Return its messages, open goals or tactics as a table.

        Parameters
        ----------
        of : {"messages", "sorries", "tactics"}
            What the rows are.

        Returns
        -------
        pandas.DataFrame
            Columns ``line``, ``column``, ``end_line``, ``end_column`` (missing where Lean gave none), and for messages
            ``severity`` and ``text``; for sorries ``goal``; for tactics ``tactic``, ``goals_before``, ``goals_after``
            (as text), ``parent`` (the row of the tactic that contains it, if any) and ``depth``.

        Raises
        ------
        MissingPackageError
            There is no pandas.
        """
        from lean_magic import conversions

        return conversions.to_dataframe(self, of)  # type: ignore[arg-type]

    def proof_tree(self) -> ProofTrees:
        """Return the proofs by tactics in it, one for each outermost ``by``; ``all_tactics=True`` is needed.

        Returns
        -------
        tuple of ProofTree
            ``print`` it, or end a cell with it.
        """
        from lean_magic.proof_tree import proof_trees

        return proof_trees(self.tactics, self)  # type: ignore[attr-defined, arg-type]

    def triples(self) -> tuple[Triple, ...]:
        """Return the steps of the proofs by tactics in it, to train on; ``all_tactics=True`` is needed.

        Returns
        -------
        tuple of Triple
            Goals, a tactic, goals: see `lean_magic.tactic_triples`.
        """
        from lean_magic.triples import tactic_triples

        return tactic_triples(self)  # type: ignore[arg-type]
