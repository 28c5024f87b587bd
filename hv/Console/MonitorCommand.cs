// The monitor's commands: one table of what they are called, what they want, what they are for, and who does them.
namespace MinusOne.Hv.Console;

// One line that was typed, on its way through a command.
internal unsafe ref struct MonitorCall
{
    public Output Output;
    public Vm* Vm;
    public Vcpu* Vcpu;

    // The host's TSC when the guest was stopped.
    public ulong Since;

    // The command's word is the current one; behind it its arguments.
    public WordList Words;

    // The guest goes on behind this, or there is none any more.
    public bool Ends;

    public readonly Writer Line => new(Output);
}

internal readonly unsafe struct MonitorCommand
{
    public const int Count = 24;

    private readonly Text _name;

    // Another word for the same; empty if there is none.
    private readonly Text _alias;
    private readonly Text _arguments;
    private readonly Text _help;

    public readonly delegate*<ref MonitorCall, void> Run;

    private MonitorCommand(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> alias, ReadOnlySpan<byte> arguments, ReadOnlySpan<byte> help,
        delegate*<ref MonitorCall, void> run)
    {
        _name = new(name);
        _alias = new(alias);
        _arguments = new(arguments);
        _help = new(help);
        Run = run;
    }

    public ReadOnlySpan<byte> Name => _name.Span;
    public ReadOnlySpan<byte> Arguments => _arguments.Span;
    public ReadOnlySpan<byte> Help => _help.Span;

    public static MonitorCommand At(int index) => index switch
    {
        0 => new("help"u8, "?"u8, "[WORD]"u8, "all commands, or what one of them does"u8, &MonitorHelp.Help),
        1 => new("registers"u8, "regs"u8, ""u8, "registers of all processors, and the last exit"u8,
            &MonitorState.Registers),
        2 => new("exits"u8, ""u8, ""u8, "exits by reason: how many, and what they cost"u8, &MonitorState.Exits),
        3 => new("pages"u8, ""u8, ""u8, "how much memory the guest has been given"u8, &MonitorState.Pages),
        4 => new("memory"u8, ""u8, "ADDR [LENGTH]"u8, "bytes at a linear address; p:ADDR is guest-physical"u8,
            &MonitorLooks.Memory),
        5 => new("disassemble"u8, ""u8, "[ADDR] [COUNT]"u8, "instructions from there, or from RIP on"u8,
            &MonitorLooks.Disassemble),
        6 => new("stack"u8, "backtrace"u8, ""u8, "what is on the stack, and the frames by the frame pointer"u8,
            &MonitorLooks.Stack),
        7 => new("walk"u8, ""u8, "ADDR"u8, "the guest's tables level by level, then those of the second level"u8,
            &MonitorLooks.Walk),
        8 => new("ept"u8, "npt"u8, "ADDR"u8, "the second-level tables, from a guest-physical address"u8,
            &MonitorLooks.Second),
        9 => new("devices"u8, ""u8, ""u8, "who has which ports and which memory, and which lines are high"u8,
            &DeviceList.Devices),
        10 => new("msr"u8, ""u8, "NUMBER"u8, "a model-specific register as the guest reads it"u8,
            &MonitorState.ReadMsr),
        11 => new("vmcs"u8, ""u8, "[PART]"u8, "the VMCS, or the fields whose name holds that"u8,
            &MonitorState.IntelFields),
        12 => new("vmcb"u8, ""u8, "[PART]"u8, "the VMCB, or the fields whose name holds that"u8,
            &MonitorState.AmdFields),
        13 => new("guests"u8, ""u8, ""u8, "which guests there are, and who is typed at"u8, &MonitorActs.Guests),
        14 => new("nmi"u8, ""u8, ""u8, "gives the processor an NMI"u8, &MonitorActs.SendNmi),
        15 => new("power"u8, ""u8, ""u8, "presses the power button"u8, &MonitorActs.PressPower),
        16 => new("stop"u8, ""u8, ""u8, "ends this guest"u8, &MonitorActs.Stop),
        17 => new("restart"u8, ""u8, ""u8, "ends this guest and begins it anew"u8, &MonitorActs.Restart),
        18 => new("start"u8, ""u8, ""u8, "begins anew what has ended"u8, &MonitorActs.Start),
        19 => new("snapshot"u8, ""u8, "save|load [NAME]"u8, "keeps the guest as it stands, or puts it back"u8,
            &MonitorSnapshot.Run),
        20 => new("steps"u8, ""u8, "[COUNT]"u8, "so many steps and where each has led; for gdb: monitor steps"u8,
            &MonitorActs.Steps),
        21 => new("trace"u8, ""u8, "[COUNT]"u8, "the processor's last exits, oldest first"u8, &MonitorState.Trace),
        22 => new("continue"u8, ""u8, ""u8, "back to the guest"u8, &MonitorActs.Continue),
        _ => new("quit"u8, ""u8, ""u8, "ends the run"u8, &Monitor.Quit),
    };

    // By its whole name, or by a beginning that no other has.
    public static bool TryFind(ReadOnlySpan<byte> word, out MonitorCommand found)
    {
        found = default;
        int begin = 0;
        for (int i = 0; i < Count; i++)
        {
            MonitorCommand command = At(i);
            if (Spelling.Are(command.Name, word) || Spelling.Are(command._alias.Span, word))
            {
                found = command;
                return true;
            }

            if (command.Begins(word))
            {
                found = command;
                begin++;
            }
        }

        return begin == 1;
    }

    public bool Begins(ReadOnlySpan<byte> word) => Spelling.Begin(Name, word) || Spelling.Begin(_alias.Span, word);
}
